//! What a webhook tells of.

use crate::enums::number_enum;

number_enum! {
    /// What a webhook tells of (`eWebhookAction`). Changes of resources, passes, pauses and booking
    /// visitors have no action: poll those.
    pub enum WebHookAction {
        /// Nothing.
        None = 1,
        /// A coworker was changed.
        CoworkerUpdate = 2,
        /// A coworker was created.
        CoworkerCreate = 3,
        /// A blog post was created.
        BlogPostCreate = 4,
        /// A blog post was changed.
        BlogPostUpdate = 5,
        /// A booking was created.
        BookingCreate = 6,
        /// A booking was changed.
        BookingUpdate = 7,
        /// A booking was deleted.
        BookingDelete = 8,
        /// The welcome e-mail is due.
        SendWelcomeEmail = 9,
        /// A contract was activated.
        CoworkerContractActivate = 10,
        /// A contract was cancelled, now or for a day ahead.
        CoworkerContractCancel = 11,
        /// A contract's next period began; not its end.
        CoworkerContractRenew = 12,
        /// A contract gives way to one on another plan.
        CoworkerContractUpgradeDowngrade = 13,
        /// A customer's first contract was activated.
        CoworkerContractActivateFirst = 14,
        /// A customer's first invoice was made.
        CoworkerInvoiceCreateFirst = 15,
        /// An invoice was created.
        CoworkerInvoiceCreate = 16,
        /// An invoice was paid.
        CoworkerInvoicePaid = 21,
        /// An event was created.
        CalendarEventCreate = 25,
        /// An event was changed.
        CalendarEventUpdate = 26,
        /// Somebody left.
        CoworkerCheckout = 35,
        /// Somebody came.
        CoworkerCheckin = 36,
        /// Somebody could not be checked in.
        CoworkerCheckinFailed = 37,
        /// A host is told of a visitor.
        VisitorNotification = 38,
        /// A visitor came.
        VisitorCheckedin = 41,
        /// A visitor was registered.
        VisitorRegistered = 42,
        /// A blog post was deleted.
        BlogPostDelete = 43,
        /// An event was deleted.
        CalendarEventDelete = 44,
        /// A check-in was created.
        CheckinCreated = 47,
        /// A check-in was changed.
        CheckinUpdated = 48,
        /// A check-in was deleted.
        CheckinDeleted = 49,
        /// A coworker was deleted.
        CoworkerDelete = 50,
        /// A message was created.
        CoworkerMessageCreate = 51,
        /// A team was created.
        TeamCreated = 57,
        /// A team was changed.
        TeamUpdated = 58,
        /// A team was deleted.
        TeamDeleted = 59,
        /// A contract was changed.
        CoworkerContractUpdate = 60,
        /// A coworker's access may have changed: fifteen minutes before a booking and after it, with contracts, passes, check-ins, suspensions, teams and cards.
        AccessControlUpdate = 61,
        /// A contract was created.
        CoworkerContractCreate = 62,
        /// A check-in failed.
        FailedCheckin = 63,
        /// A visitor was deleted.
        VisitorDeleted = 64,
        /// A customer's product was created.
        CoworkerProductCreate = 68,
        /// A customer's product was changed.
        CoworkerProductUpdate = 69,
        /// A customer's product was deleted.
        CoworkerProductDelete = 70,
        /// A desk or office was created.
        FloorPlanDeskCreate = 71,
        /// A desk or office was deleted.
        FloorPlanDeskDelete = 72,
        /// A desk or office was changed.
        FloorPlanDeskUpdate = 73,
        /// A contract was deleted.
        CoworkerContractDelete = 77,
        /// A location was changed.
        BusinessUpdate = 84,
    }
}
