//! Nexudus' numbered words. A record's own field carries the number, a field that is joined from
//! another record carries the word; both are read.

macro_rules! number_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $number:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A number or word that this version does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The number on the wire; none for an unknown word.
            #[must_use]
            pub fn number(&self) -> Option<i64> {
                match self {
                    $( Self::$variant => Some($number), )+
                    Self::Other(text) => text.parse().ok(),
                }
            }

            /// The word.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $( Self::$variant => stringify!($variant), )+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $( $number => Self::$variant, )+
                    other => Self::Other(other.to_string()),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $( if text.eq_ignore_ascii_case(stringify!($variant)) { return Self::$variant; } )+
                text.parse::<i64>().map_or_else(|_| Self::Other(text.to_owned()), Self::from)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl access_sync_http::decode::Scalar for $name {
            const EXPECTED: &'static str = "a number or word of an enum";
            fn from_text(text: &str) -> Option<Self> {
                Some(Self::from(text))
            }
            fn from_int(number: i128) -> Option<Self> {
                number.try_into().ok().map(|number: i64| Self::from(number))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                access_sync_http::decode::required(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.number() {
                    Some(number) => serializer.serialize_i64(number),
                    None => serializer.serialize_str(self.name()),
                }
            }
        }

        crate::field::scalar_values!($name);
    };
}
pub(crate) use number_enum;

number_enum! {
    /// What a coworker is.
    pub enum CoworkerType {
        /// A person.
        Individual = 1,
        /// A company: it pays, and no person opens doors by it.
        Company = 2,
    }
}

number_enum! {
    /// What a resource is.
    pub enum SystemResourceType {
        /// Not told.
        None = 0,
        /// A meeting room.
        MeetingRoom = 1,
        /// A hot desk.
        HotDesk = 2,
        /// A private office.
        PrivateOffice = 3,
        /// A space for events.
        EventSpace = 4,
        /// A laboratory.
        Lab = 5,
        /// A kitchen.
        Kitchen = 6,
        /// A treatment room.
        TreatmentRoom = 7,
        /// A storage unit.
        StorageUnit = 9,
        /// A machine.
        Machine = 10,
        /// A day pass.
        DayPass = 11,
        /// A phone booth.
        PhoneBooth = 12,
        /// Something else.
        OtherResource = 99,
    }
}

number_enum! {
    /// What a floor plan unit is.
    pub enum FloorPlanItemType {
        /// An office.
        Office = 1,
        /// A desk for one customer.
        DedicatedDesk = 2,
        /// A desk that several contracts may share.
        HotDesk = 3,
        /// Something else.
        OtherItem = 4,
        /// A room.
        Room = 5,
    }
}

number_enum! {
    /// Why a contract ended or will end.
    pub enum ContractCancellationReason {
        /// Too dear.
        PriceTooHigh = 1,
        /// Paused.
        Pause = 10,
        /// Another contract follows on the same terms.
        Renewed = 11,
        /// Another contract follows on a larger plan.
        Upgraded = 12,
        /// Another contract follows on a smaller plan.
        Downgraded = 13,
        /// Something else; also the value of contracts that were not cancelled.
        OtherReason = 99,
    }
}

number_enum! {
    /// Why a booking was cancelled.
    pub enum BookingCancellationReason {
        /// Not told.
        Unknown = 0,
        /// No longer needed.
        NoLongerNeeded = 1,
        /// Too expensive.
        TooExpensive = 2,
        /// A bad experience before.
        BadPreviousExperience = 3,
        /// Booked again for another time.
        RebookedForADifferentTime = 4,
        /// Not paid in advance as agreed.
        FailedToPayUpfront = 5,
        /// Another system cancelled it.
        Integration = 6,
        /// Something else.
        OtherReason = 7,
        /// Nobody came.
        NotCheckedIn = 8,
        /// The market place cancelled it.
        MarketPlace = 9,
    }
}

number_enum! {
    /// What a plan is.
    pub enum SystemTariffType {
        /// Not told.
        None = 0,
        /// An office, all the time.
        FullTimePrivateOffice = 1,
        /// An office, some of the time.
        PartTimePrivateOffice = 2,
        /// A desk of one's own, all the time.
        FullTimeDedicatedDesk = 3,
        /// A desk of one's own, some of the time.
        PartTimeDedicatedDesk = 4,
        /// Any desk, all the time.
        FullTimeHotDesk = 5,
        /// Any desk, some of the time.
        PartTimeHotDesk = 6,
        /// Something else, all the time.
        FullTimeOther = 7,
        /// Something else, some of the time.
        PartTimeOther = 8,
        /// Storage.
        Storage = 9,
        /// A postal address and the like.
        VirtualOffice = 10,
        /// No space at all.
        Virtual = 11,
        /// Something else.
        OtherTariff = 99,
    }
}

number_enum! {
    /// What the uses of a charge are counted in.
    pub enum ChargePeriod {
        /// Minutes.
        Minutes = 1,
        /// Days.
        Days = 2,
        /// Weeks.
        Weeks = 3,
        /// Months.
        Months = 4,
        /// Uses.
        Uses = 5,
        /// Months of four weeks.
        FourWeekMonths = 6,
    }
}

number_enum! {
    /// Who registered a visitor.
    pub enum VisitorSource {
        /// Staff.
        Administrator = 1,
        /// The visitor, at the front desk's tablet.
        NexIO = 2,
        /// The host.
        Customer = 3,
    }
}

number_enum! {
    /// Whether a host lets a visitor in.
    pub enum HostApprovalStatus {
        /// Nobody need ask.
        NotRequired = 1,
        /// The host was asked.
        Requested = 2,
        /// The host said no.
        Rejected = 3,
        /// The host said yes, and to wait.
        AcceptedAndHold = 4,
        /// The host said yes, and to come in.
        AcceptedAndGrant = 5,
    }
}

number_enum! {
    /// What noticed that somebody came.
    pub enum CheckinSource {
        /// Not told.
        None = 0,
        /// A person.
        Manual = 1,
        /// A door.
        DoorAccess = 2,
        /// Wi-Fi.
        NetworkActivity = 3,
        /// A tile in an app.
        Tile = 4,
        /// A sensor.
        Sensor = 5,
    }
}
