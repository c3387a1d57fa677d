//! What a webhook tells of.

use crate::enums::number_enum;

number_enum! {
    /// What a webhook tells of (`eWebhookAction`; numbers and words as Nexudus' own
    /// `nexudus-coworking-skills` list them, [`NexudusClient::enum_values`](crate::NexudusClient::enum_values)
    /// tells those of an account). Changes of resources, passes, pauses and booking visitors have no
    /// action: poll those.
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
        /// An invoice was deleted.
        CoworkerInvoiceDelete = 17,
        /// An invoice was changed.
        CoworkerInvoiceUpdate = 18,
        /// An invoice was paid back.
        CoworkerInvoiceRefund = 19,
        /// A credit note was made.
        CoworkerInvoiceCreditNote = 20,
        /// An invoice was paid.
        CoworkerInvoicePaid = 21,
        /// A payment failed.
        CoworkerInvoiceFailedPayment = 22,
        /// A payment arrived.
        CoworkerInvoiceReceivedPayment = 23,
        /// A payment is on its way.
        CoworkerInvoiceAwaitingPayment = 24,
        /// An event was created.
        CalendarEventCreate = 25,
        /// An event was changed.
        CalendarEventUpdate = 26,
        /// Somebody no longer attends an event.
        CalendarEventAttendeeDelete = 27,
        /// Somebody is to attend an event.
        CalendarEventAttendeeCreate = 28,
        /// An event's attendee was changed.
        CalendarEventAttendeeUpdate = 29,
        /// A chat message was written.
        GlobalChatMessageCreate = 30,
        /// A newsletter has a new reader.
        NewsLetterSubscriberCreate = 31,
        /// Somebody subscribed to a newsletter.
        NewsLetterSubscriberSubscribed = 32,
        /// Somebody left a newsletter.
        NewsLetterSubscriberUnSubscribed = 33,
        /// Somebody was taken off a newsletter's group.
        NewsLetterSubscriberRemovedFromGroup = 34,
        /// Somebody left.
        CoworkerCheckout = 35,
        /// Somebody came.
        CoworkerCheckin = 36,
        /// Somebody could not be checked in.
        CoworkerCheckinFailed = 37,
        /// A host is told of a visitor.
        VisitorNotification = 38,
        /// A thread was opened on the board.
        CommunityBoardNewThread = 39,
        /// A thread on the board was answered.
        CommunityBoardNewReply = 40,
        /// A visitor came.
        VisitorCheckedin = 41,
        /// A visitor was registered.
        VisitorRegistered = 42,
        /// A blog post was deleted.
        BlogPostDelete = 43,
        /// An event was deleted.
        CalendarEventDelete = 44,
        /// A request to the help desk was made. The misspelling is Nexudus'.
        HelDeskMessageCreated = 45,
        /// A request to the help desk was answered.
        HelpDeskCommentCreated = 46,
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
        /// A parcel came.
        DeliveryCreated = 52,
        /// A parcel has an addressee.
        DeliveryAssigned = 53,
        /// A proposal was created.
        ProposalCreated = 54,
        /// A proposal was changed.
        ProposalUpdated = 55,
        /// A proposal was deleted.
        ProposalDeleted = 56,
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
        /// A ledger entry was created.
        CoworkerInvoiceLedgerEntryCreate = 65,
        /// A ledger entry was deleted.
        CoworkerInvoiceLedgerEntryDelete = 66,
        /// A ledger entry was changed.
        CoworkerInvoiceLedgerEntryUpdate = 67,
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
        /// A plan was created.
        TariffCreate = 74,
        /// A plan was deleted.
        TariffDelete = 75,
        /// A plan was changed.
        TariffUpdate = 76,
        /// A contract was deleted.
        CoworkerContractDelete = 77,
        /// A floor plan was created.
        FloorPlanCreate = 78,
        /// A floor plan was deleted.
        FloorPlanDelete = 79,
        /// A floor plan was changed.
        FloorPlanUpdate = 80,
        /// A product was created.
        ProductCreate = 81,
        /// A product was deleted.
        ProductDelete = 82,
        /// A product was changed.
        ProductUpdate = 83,
        /// A location was changed.
        BusinessUpdate = 84,
        /// A community group was created.
        CommunityGroupCreate = 85,
        /// A community group was deleted.
        CommunityGroupDelete = 86,
        /// A community group was changed.
        CommunityGroupUpdate = 87,
        /// A means of payment was created.
        CoworkerPaymentMethodCreate = 88,
        /// A means of payment was deleted.
        CoworkerPaymentMethodDelete = 89,
        /// A means of payment was changed.
        CoworkerPaymentMethodUpdate = 90,
    }
}
