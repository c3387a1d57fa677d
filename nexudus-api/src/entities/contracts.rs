//! Contracts, their pauses, plans and invoices.

use chrono::{DateTime, Utc};

use crate::entity::entity;
use crate::{
    BusinessId, ContractCancellationReason, ContractPausedPeriodId, CoworkerContractId, CoworkerId,
    CoworkerInvoiceId, CoworkerType, FloorPlanDeskId, FloorPlanDeskVariantId, LocalDateTime,
    Personal, SystemTariffType, TariffId,
};

entity! {
    /// Contracts of customers, each on a plan. `/billing/coworkercontracts`.
    ///
    /// The end is [`cancellation_date`](CoworkerContractRow::cancellation_date) and nothing else:
    /// `contract_term` is the minimum term, `renewal_date` the next invoice, which moves on by
    /// itself. Dates are local midnights written in UTC; for whole days use the `…_local` twins.
    /// Pauses that lie ahead are only in [`ContractPausedPeriods`].
    CoworkerContracts = "billing" / "coworkercontracts", "CoworkerContract", CoworkerContractId;
    list CoworkerContractRow; get CoworkerContract;
    required {
        /// Whose contract it is.
        coworker_id: CoworkerId,
    }
    optional {
        /// The location.
        issued_by_id: BusinessId,
        /// The location's name.
        issued_by_name: String,
        /// The customer's name.
        coworker_full_name: Personal,
        /// What the customer is.
        coworker_coworker_type: CoworkerType,
        /// The customer's e-mail address.
        coworker_email: Personal,
        /// Whether the customer is not suspended.
        coworker_active: bool,
        /// The plan.
        tariff_id: TariffId,
        /// The plan's name.
        tariff_name: String,
        /// The plan that follows.
        next_tariff_id: TariffId,
        /// Whether it runs. To be read together with `cancelled` and `in_paused_period`.
        active: bool,
        /// Whether it is cancelled; with a date ahead it still runs, as far as is known.
        cancelled: bool,
        /// Whether it is the customer's main one.
        main_contract: bool,
        /// The start.
        start_date: DateTime<Utc>,
        /// The start, by the location's clock.
        start_date_local: LocalDateTime,
        /// The end.
        cancellation_date: DateTime<Utc>,
        /// The end, by the location's clock.
        cancellation_date_local: LocalDateTime,
        /// Why it ended or will.
        cancellation_reason: ContractCancellationReason,
        /// The end of the minimum term; the contract goes on after it.
        contract_term: DateTime<Utc>,
        /// The end of the minimum term, by the location's clock.
        contract_term_local: LocalDateTime,
        /// The next invoice.
        renewal_date: DateTime<Utc>,
        /// The next invoice, by the location's clock.
        renewal_date_local: LocalDateTime,
        /// Whether a pause runs now.
        in_paused_period: bool,
        /// The running pause's start.
        in_paused_period_from: DateTime<Utc>,
        /// The running pause's end.
        in_paused_period_until: DateTime<Utc>,
        /// Until when the customer's identity must be checked; the contract may wait for it.
        identity_checks_due_on: DateTime<Utc>,
        /// How many of the plan.
        quantity: i64,
        /// The day of the month on which it is billed.
        billing_day: i64,
        /// The units' names.
        floor_plan_desk_names: String,
    }
    csv {
        /// The offices and desks that it includes.
        floor_plan_desk_ids: FloorPlanDeskId,
        /// The part-time packages that it includes.
        floor_plan_desk_variant_ids: FloorPlanDeskVariantId,
    }
    get_only {
        /// The offices and desks, again.
        desks: FloorPlanDeskId,
        /// The packages, again.
        variants: FloorPlanDeskVariantId,
    }
    filters {
        /// Whose contract it is.
        COWORKER: CoworkerId = "Coworker",
        /// The location.
        ISSUED_BY: BusinessId = "IssuedBy",
        /// The plan.
        TARIFF: TariffId = "Tariff",
        /// The start.
        START_DATE: DateTime<Utc> = "StartDate",
        /// The end.
        CANCELLATION_DATE: DateTime<Utc> = "CancellationDate",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Pauses of contracts, past, running and ahead. `/billing/contractpausedperiods`.
    ///
    /// No webhook tells of them.
    ContractPausedPeriods = "billing" / "contractpausedperiods", "ContractPausedPeriod", ContractPausedPeriodId;
    list ContractPausedPeriodRow; get ContractPausedPeriod;
    required {
        /// The contract.
        coworker_contract_id: CoworkerContractId,
        /// The first paused moment.
        pause_from: DateTime<Utc>,
    }
    optional {
        /// When the contract goes on.
        pause_until: DateTime<Utc>,
        /// The first paused day, by the location's clock.
        pause_from_local: LocalDateTime,
        /// The day on which the contract goes on, by the location's clock.
        pause_until_local: LocalDateTime,
        /// Whose contract it is.
        coworker_contract_coworker_id: CoworkerId,
        /// Their name.
        coworker_contract_coworker_full_name: Personal,
        /// The contract's plan.
        coworker_contract_tariff_name: String,
        /// What staff wrote.
        notes: Personal,
    }
    csv {
        /// The contract's offices and desks.
        coworker_contract_floor_plan_desk_ids: FloorPlanDeskId,
    }
    get_only {}
    filters {
        /// The contract.
        COWORKER_CONTRACT: CoworkerContractId = "CoworkerContract",
        /// The first paused moment.
        PAUSE_FROM: DateTime<Utc> = "PauseFrom",
        /// When the contract goes on.
        PAUSE_UNTIL: DateTime<Utc> = "PauseUntil",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Plans. `/billing/tariffs`. A plan has no access group: doors come by its passes or desks.
    Tariffs = "billing" / "tariffs", "Tariff", TariffId;
    list TariffRow; get Tariff;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The location's name.
        business_name: String,
        /// The name.
        name: String,
        /// What it is.
        system_tariff_type: SystemTariffType,
        /// The price of one period.
        price: f64,
        /// The currency.
        currency_code: String,
        /// Months of a period.
        invoice_every: i64,
        /// Weeks of a period, where it has no months.
        invoice_every_weeks: i64,
        /// Whether it takes passes.
        use_time_passes: bool,
        /// Whether it can be paused.
        can_be_paused: bool,
        /// Pauses a year.
        pause_yearly_limit: i64,
        /// Periods that a pause may last.
        pause_cycles_limit: i64,
        /// Whether new accounts wait for staff.
        keep_new_accounts_on_hold: bool,
        /// Whether contracts wait for the customer's identity to be checked.
        wait_for_identity_checks_to_activate: bool,
        /// Days after a contract's end until the account is closed. The misspelling is Nexudus'.
        #[serde(rename = "CancelMemeberAccountAfter")]
        cancel_member_account_after: i64,
        /// Whether customers see it.
        visible: bool,
        /// Whether it was put away.
        archived: bool,
    }
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// The name.
        NAME: String = "Name",
        /// Whether it was put away.
        ARCHIVED: bool = "Archived",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Invoices. `/billing/coworkerinvoices`. Enough of them to know who owes.
    CoworkerInvoices = "billing" / "coworkerinvoices", "CoworkerInvoice", CoworkerInvoiceId;
    list CoworkerInvoiceRow; get CoworkerInvoice;
    required {}
    optional {
        /// Whose invoice it is.
        coworker_id: CoworkerId,
        /// The location.
        business_id: BusinessId,
        /// The number that people see.
        invoice_number: String,
        /// Whether it is paid.
        paid: bool,
        /// When it was paid.
        paid_on: DateTime<Utc>,
        /// Whether it is overdue.
        is_due: bool,
        /// By when it is to be paid.
        due_date: DateTime<Utc>,
        /// Whether it is a draft.
        draft: bool,
        /// Whether it was taken back.
        refunded: bool,
    }
    csv {}
    get_only {}
    filters {
        /// Whose invoice it is.
        COWORKER: CoworkerId = "Coworker",
        /// Whether it is paid.
        PAID: bool = "Paid",
        /// When it was paid.
        PAID_ON: DateTime<Utc> = "PaidOn",
    }
    verbs {}
}
