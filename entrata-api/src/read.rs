//! The read methods.

pub(crate) mod account;
pub(crate) mod activities;
pub(crate) mod amenities;
pub(crate) mod availability;
pub(crate) mod customers;
pub(crate) mod details;
pub(crate) mod expiring;
pub(crate) mod leases;
pub(crate) mod moveout;
pub(crate) mod properties;
pub(crate) mod property_units;
pub(crate) mod renewal;
pub(crate) mod status;
