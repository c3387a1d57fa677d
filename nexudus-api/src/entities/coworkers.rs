//! Coworkers and teams.

use chrono::{DateTime, Utc};

use crate::entity::entity;
use crate::{BusinessId, CoworkerContractId, CoworkerId, CoworkerType, Personal, Secret};
use crate::{TariffId, TeamId, UserId};

entity! {
    /// Customers: members (with a running contract) and contacts, people and companies.
    ///
    /// `/spaces/coworkers`; Nexudus deletes none through the API. The record holds tokens of other
    /// services too (Zoom, Salto, Office 365); they are not typed here and never printed.
    Coworkers = "spaces" / "coworkers", "Coworker", CoworkerId;
    list CoworkerRow; get Coworker;
    required {}
    optional {
        /// A person or a company. A company pays, and nobody opens doors by it.
        coworker_type: CoworkerType,
        /// The whole name.
        full_name: Personal,
        /// How to address the person.
        salutation: Personal,
        /// The first name as Nexudus guesses it from the whole.
        guessed_first_name: Personal,
        /// The last name as Nexudus guesses it from the whole.
        guessed_last_name: Personal,
        /// The e-mail address. Several profiles may share one: match by id.
        email: Personal,
        /// The mobile telephone number.
        mobile_phone: Personal,
        /// The company.
        company_name: Personal,
        /// Whether it may use its account; no while suspended.
        active: bool,
        /// Whether it was put away.
        archived: bool,
        /// The log-in, where there is one.
        user_id: UserId,
        /// Whether the log-in works.
        user_active: bool,
        /// Whether this is the person's main profile.
        is_default_profile: bool,
        /// The home location.
        invoicing_business_id: BusinessId,
        /// The home location's name.
        invoicing_business_name: String,
        /// All locations' names.
        business_names: String,
        /// The names of its teams.
        team_names: Personal,
        /// The plan of the main contract.
        tariff_id: TariffId,
        /// That plan's name.
        tariff_name: String,
        /// The plan that follows.
        next_tariff_id: TariffId,
        /// The main contract's start.
        start_date: DateTime<Utc>,
        /// The main contract's next invoice; not an end.
        renewal_date: DateTime<Utc>,
        /// The main contract's end.
        cancellation_date: DateTime<Utc>,
        /// When it registered.
        registration_date: DateTime<Utc>,
        /// Whether an invoice is overdue.
        has_due_invoices: bool,
        /// Access cards; [`Secret::parts`] splits several.
        access_card_id: Secret,
        /// The PIN for doors. Leading zeros count.
        access_pincode: Secret,
        /// The key fob.
        key_fob_number: Secret,
        /// Whether Wi-Fi may check it in.
        allow_network_checkin: bool,
        /// The user of Nexudus' own Brivo integration; filled where that runs beside us.
        brivo_user_id: i64,
        /// Until when Nexudus' own access updates are held back.
        access_control_debounce_time: DateTime<Utc>,
        /// Whether staff were told of a failed access update.
        access_control_error_notification_sent: bool,
        /// The operator's own number for it.
        reference_number: String,
        /// The location's time zone, by Nexudus' number; not an IANA name.
        simple_time_zone_id: i64,
        /// The country, by Nexudus' number.
        country_id: i64,
    }
    csv {
        /// Its teams.
        team_ids: TeamId,
        /// Its contracts; empty for contacts.
        coworker_contract_ids: CoworkerContractId,
    }
    get_only {
        /// The locations where it is known.
        businesses: BusinessId,
        /// Its teams, again.
        teams: TeamId,
    }
    filters {
        /// The id.
        ID: i64 = "Id",
        /// The e-mail address.
        EMAIL: String = "Email",
        /// The whole name.
        FULL_NAME: String = "FullName",
        /// Whether it may use its account.
        ACTIVE: bool = "Active",
        /// Whether it was put away.
        ARCHIVED: bool = "Archived",
        /// The home location.
        INVOICING_BUSINESS: BusinessId = "InvoicingBusiness",
        /// The user of Nexudus' own Brivo integration.
        BRIVO_USER_ID: i64 = "BrivoUserId",
    }
    verbs { Create Update }
}

entity! {
    /// Groups of coworkers, as a rule a company's people. `/spaces/teams`.
    ///
    /// Members are only in the whole record, so a team costs a call. Where the
    /// [`paying_member_id`](Team::paying_member_id) has a desk or office by contract, the other
    /// members use it too.
    Teams = "spaces" / "teams", "Team", TeamId;
    list TeamRow; get Team;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The location's name.
        business_name: String,
        /// The name.
        name: String,
        /// A description.
        description: String,
        /// Who pays for the team; as a rule a company.
        paying_member_id: CoworkerId,
        /// The payer's name.
        paying_member_full_name: Personal,
        /// What the payer is.
        paying_member_coworker_type: CoworkerType,
        /// Whether members use each other's passes.
        share_time_passes: bool,
        /// Whether members use each other's charges and credits.
        share_extra_services: bool,
        /// Whether members use each other's booking credit.
        share_booking_credit: bool,
        /// Members at most.
        max_team_member_count: f64,
        /// The plan that new members get.
        default_member_tariff_id: TariffId,
    }
    csv {}
    get_only {
        /// The members.
        team_members: CoworkerId,
        /// Who may manage the team.
        team_administrators: CoworkerId,
    }
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// The name.
        NAME: String = "Name",
        /// Who pays.
        PAYING_MEMBER: CoworkerId = "PayingMember",
    }
    verbs { Create Update Delete }
}
