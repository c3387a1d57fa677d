//! Passes and charges.

use chrono::{DateTime, NaiveTime, Utc};

use crate::entity::entity;
use crate::{
    BookingId, BusinessId, ChargePeriod, CoworkerExtraServiceId, CoworkerId, CoworkerTimePassId,
    ExtraServiceId, Personal, TariffId, TimePassId, TimePassTimeSlotId,
};

entity! {
    /// Passes that customers own. `/billing/coworkertimepasses`. A pass has an end but no start.
    CoworkerTimePasses = "billing" / "coworkertimepasses", "CoworkerTimePass", CoworkerTimePassId;
    list CoworkerTimePassRow; get CoworkerTimePass;
    required {
        /// Whose pass it is.
        coworker_id: CoworkerId,
    }
    optional {
        /// The location.
        business_id: BusinessId,
        /// The kind of pass.
        time_pass_id: TimePassId,
        /// The kind's name.
        time_pass_name: String,
        /// Whether it is used up.
        used: bool,
        /// Whether it is in use.
        checked_in: bool,
        /// When it was used up.
        used_date: DateTime<Utc>,
        /// Uses that are left.
        remaining_uses: i64,
        /// Uses in all.
        total_uses: i64,
        /// After this it is worth nothing.
        expire_date: DateTime<Utc>,
        /// Whether it came with a plan.
        is_from_tariff: bool,
        /// Whether it was sold at the door.
        is_pay_as_you_go: bool,
        /// Whether it was charged for.
        invoiced: bool,
        /// The contract that it came with.
        coworker_contract_unique_id: String,
    }
    csv {}
    get_only {}
    filters {
        /// Whose pass it is.
        COWORKER: CoworkerId = "Coworker",
        /// The kind of pass.
        TIME_PASS: TimePassId = "TimePass",
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// Whether it is used up.
        USED: bool = "Used",
        /// After this it is worth nothing.
        EXPIRE_DATE: DateTime<Utc> = "ExpireDate",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Kinds of passes. `/billing/timepasses`.
    TimePasses = "billing" / "timepasses", "TimePass", TimePassId;
    list TimePassRow; get TimePass;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The name.
        name: String,
        /// Minutes that it holds; none for a pass of one day.
        minutes_included: i64,
        /// The access group that Nexudus' own integration uses; for Brivo a group id.
        access_control_group_id: String,
        /// The Kisi group.
        kisi_group_id: String,
        /// The DoorGuard group.
        door_guard_group_id: String,
        /// Whether its use counts against the plan's limits.
        counts_towards_plan_limits: bool,
        /// Whether it is sold to members at the door.
        use_as_pay_as_you_go_for_members: bool,
        /// Whether it is sold to contacts at the door.
        use_as_pay_as_you_go_for_contacts: bool,
        /// Whether Wi-Fi may check in with it.
        allow_network_check_in: bool,
        /// Whether only members can have it.
        only_for_members: bool,
        /// Whether only contacts can have it.
        only_for_contacts: bool,
        /// Whether it was put away.
        archived: bool,
    }
    csv {
        /// The access groups, where there are several.
        access_control_group_ids: String,
    }
    get_only {
        /// The locations where it is good.
        businesses: BusinessId,
        /// The plans that include it.
        tariffs: TariffId,
    }
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
    /// When a kind of pass is good. `/billing/timepasstimeslots`.
    TimePassTimeSlots = "billing" / "timepasstimeslots", "TimePassTimeSlot", TimePassTimeSlotId;
    list TimePassTimeSlotRow; get TimePassTimeSlot;
    required {
        /// The kind of pass.
        time_pass_id: TimePassId,
        /// The weekday; 0 is Sunday, as far as is known.
        day_of_week: i64,
        /// From when, by the location's clock.
        from_time: NaiveTime,
        /// Until when, by the location's clock.
        to_time: NaiveTime,
    }
    optional {}
    csv {}
    get_only {}
    filters {
        /// The kind of pass.
        TIME_PASS: TimePassId = "TimePass",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Charges and booking credit of customers. `/billing/coworkerextraservices`. Money, not a right
    /// to enter.
    CoworkerExtraServices = "billing" / "coworkerextraservices", "CoworkerExtraService", CoworkerExtraServiceId;
    list CoworkerExtraServiceRow; get CoworkerExtraService;
    required {}
    optional {
        /// Whose charge it is.
        coworker_id: CoworkerId,
        /// The location.
        business_id: BusinessId,
        /// The kind of charge.
        extra_service_id: ExtraServiceId,
        /// The kind's name.
        extra_service_name: String,
        /// What its uses are counted in.
        charge_period: ChargePeriod,
        /// Uses in all.
        total_uses: i64,
        /// Uses that are left.
        remaining_uses: i64,
        /// From when it is good.
        valid_from: DateTime<Utc>,
        /// Until when it is good.
        expire_date: DateTime<Utc>,
        /// By when it is to be paid.
        due_date: DateTime<Utc>,
        /// The booking that it is for.
        booking_id: BookingId,
        /// That booking's start.
        booking_from_time: DateTime<Utc>,
        /// That booking's end.
        booking_to_time: DateTime<Utc>,
        /// That booking's resource.
        booking_resource_name: String,
        /// Whether it came with a plan.
        is_from_tariff: bool,
        /// Whether it was charged for.
        invoiced: bool,
        /// What staff wrote.
        notes: Personal,
    }
    csv {}
    get_only {}
    filters {
        /// Whose charge it is.
        COWORKER: CoworkerId = "Coworker",
        /// The kind of charge.
        EXTRA_SERVICE: ExtraServiceId = "ExtraService",
        /// The booking that it is for.
        BOOKING: BookingId = "Booking",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Kinds of charges. `/billing/extraservices`.
    ExtraServices = "billing" / "extraservices", "ExtraService", ExtraServiceId;
    list ExtraServiceRow; get ExtraService;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The name.
        name: String,
        /// What its uses are counted in.
        charge_period: ChargePeriod,
        /// The price of one use.
        price: f64,
        /// The currency.
        currency_code: String,
        /// Whether customers see it.
        visible: bool,
    }
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// The name.
        NAME: String = "Name",
    }
    verbs { Create Update Delete }
}
