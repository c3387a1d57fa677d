//! What Nexudus sends to registered webhooks.
//!
//! The body is an array with the whole record and does **not** name the action, so register each
//! webhook with an address that does. Check the signature first
//! ([`verify_webhook`](crate::verify_webhook)). There is no delivery id and no time stamp: take a
//! delivery as a hint that something changed and read the record anew.

use access_sync_http::{Error, decode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    Booking, Business, Checkin, Coworker, CoworkerContract, CoworkerInvoice, FloorPlanDesk, Row,
    Tariff, Team, Visitor, WebHookAction,
};
use access_sync_http::decode::Object;

/// What a webhook brings, by the action of its address.
///
/// The records are no [`Record`](crate::Record)s: they cannot be written back.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "one at a time, and short-lived")]
pub enum WebhookRecord {
    /// A coworker: also of [`WebHookAction::AccessControlUpdate`].
    Coworker(Coworker),
    /// A booking.
    Booking(Booking),
    /// A contract.
    CoworkerContract(CoworkerContract),
    /// A team, with its members.
    Team(Team),
    /// A visitor.
    Visitor(Visitor),
    /// A desk or office.
    FloorPlanDesk(FloorPlanDesk),
    /// A check-in.
    Checkin(Checkin),
    /// An invoice.
    CoworkerInvoice(CoworkerInvoice),
    /// A plan.
    Tariff(Tariff),
    /// A location.
    Business(Business),
    /// Of an action that this version does not type.
    Other {
        /// The record's id, where it has one.
        #[serde(rename = "Id")]
        id: Option<i64>,
    },
}

impl WebhookRecord {
    /// The record's id.
    #[must_use]
    pub fn id(&self) -> Option<i64> {
        Some(match self {
            Self::Coworker(record) => record.id().0,
            Self::Booking(record) => record.id().0,
            Self::CoworkerContract(record) => record.id().0,
            Self::Team(record) => record.id().0,
            Self::Visitor(record) => record.id().0,
            Self::FloorPlanDesk(record) => record.id().0,
            Self::Checkin(record) => record.id().0,
            Self::CoworkerInvoice(record) => record.id().0,
            Self::Tariff(record) => record.id().0,
            Self::Business(record) => record.id().0,
            Self::Other { id } => return *id,
        })
    }
}

/// Reads a delivery of `action`, which the address told. One record as a rule; never none.
///
/// ```
/// use nexudus_api::{WebHookAction, WebhookRecord, parse_webhook};
/// # fn main() -> Result<(), nexudus_api::Error> {
/// // POST /hooks/AccessControlUpdate
/// let action = WebHookAction::from("AccessControlUpdate");
/// let records = parse_webhook(&action, br#"[{"Id": 1415900201, "Active": true}]"#)?;
/// let [WebhookRecord::Coworker(coworker)] = records.as_slice() else { panic!() };
/// assert_eq!(coworker.id.0, 1415900201);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`access_sync_http::ErrorKind::Decode`] where the body is not such an array, or a record not of
/// the action's kind.
pub fn parse_webhook(action: &WebHookAction, body: &[u8]) -> Result<Vec<WebhookRecord>, Error> {
    use WebHookAction as A;
    match action {
        A::AccessControlUpdate
        | A::CoworkerCreate
        | A::CoworkerUpdate
        | A::CoworkerDelete
        | A::SendWelcomeEmail => records(body, WebhookRecord::Coworker),
        A::BookingCreate | A::BookingUpdate | A::BookingDelete => {
            records(body, WebhookRecord::Booking)
        }
        A::CoworkerContractActivate
        | A::CoworkerContractActivateFirst
        | A::CoworkerContractCancel
        | A::CoworkerContractRenew
        | A::CoworkerContractUpgradeDowngrade
        | A::CoworkerContractCreate
        | A::CoworkerContractUpdate
        | A::CoworkerContractDelete => records(body, WebhookRecord::CoworkerContract),
        A::TeamCreated | A::TeamUpdated | A::TeamDeleted => records(body, WebhookRecord::Team),
        A::VisitorNotification | A::VisitorCheckedin | A::VisitorRegistered | A::VisitorDeleted => {
            records(body, WebhookRecord::Visitor)
        }
        A::FloorPlanDeskCreate | A::FloorPlanDeskUpdate | A::FloorPlanDeskDelete => {
            records(body, WebhookRecord::FloorPlanDesk)
        }
        A::CheckinCreated | A::CheckinUpdated | A::CheckinDeleted => {
            records(body, WebhookRecord::Checkin)
        }
        A::CoworkerInvoiceCreateFirst
        | A::CoworkerInvoiceCreate
        | A::CoworkerInvoiceDelete
        | A::CoworkerInvoiceUpdate
        | A::CoworkerInvoiceRefund
        | A::CoworkerInvoiceCreditNote
        | A::CoworkerInvoicePaid
        | A::CoworkerInvoiceFailedPayment
        | A::CoworkerInvoiceReceivedPayment
        | A::CoworkerInvoiceAwaitingPayment => records(body, WebhookRecord::CoworkerInvoice),
        A::TariffCreate | A::TariffUpdate | A::TariffDelete => records(body, WebhookRecord::Tariff),
        A::BusinessUpdate => records(body, WebhookRecord::Business),
        // Which record these carry is not documented.
        _ => records(body, |other: Untyped| WebhookRecord::Other { id: other.id }),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Untyped {
    #[serde(default, deserialize_with = "decode::optional")]
    id: Option<i64>,
}

fn records<T: DeserializeOwned>(
    body: &[u8],
    typed: impl Fn(T) -> WebhookRecord,
) -> Result<Vec<WebhookRecord>, Error> {
    let records: Vec<Object<T>> = decode::json(body)?;
    if records.is_empty() {
        return Err(Error::decode("a delivery without a record"));
    }
    Ok(records
        .into_iter()
        .map(|Object(record)| typed(record))
        .collect())
}
