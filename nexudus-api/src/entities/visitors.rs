//! Visitors, check-ins, Wi-Fi codes.

use chrono::{DateTime, Utc};

use crate::entity::entity;
use crate::{
    AccessTokenId, BookingId, BookingVisitorId, BusinessId, CheckinId, CheckinSource, CoworkerId,
    HostApprovalStatus, LocalDateTime, Personal, Secret, VisitorId, VisitorSource,
};

entity! {
    /// People who visit a location or a customer. `/spaces/visitors`.
    ///
    /// There is an expected arrival and no time to leave by.
    Visitors = "spaces" / "visitors", "Visitor", VisitorId;
    list VisitorRow; get Visitor;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The name.
        full_name: Personal,
        /// The e-mail address.
        email: Personal,
        /// The telephone number.
        phone_number: Personal,
        /// The company.
        company_name: Personal,
        /// The host.
        coworker_id: CoworkerId,
        /// The host's name.
        coworker_full_name: Personal,
        /// Who registered the visitor.
        visitor_source: VisitorSource,
        /// Whether the host lets the visitor in.
        host_approval_status: HostApprovalStatus,
        /// The code for the front desk.
        visitor_code: Secret,
        /// When the visitor is expected.
        expected_arrival: DateTime<Utc>,
        /// Whether the visitor came.
        arrived: bool,
        /// When the visitor came.
        arrival_date: DateTime<Utc>,
        /// When the visitor left.
        departure_date: DateTime<Utc>,
        /// Why.
        visit_reason: Personal,
        /// Whether it is a tour.
        is_tour: bool,
        /// Nexudus' own access job, where it made one.
        access_control_scheduled_job_id: String,
    }
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// The host.
        COWORKER: CoworkerId = "Coworker",
        /// When the visitor is expected.
        EXPECTED_ARRIVAL: DateTime<Utc> = "ExpectedArrival",
        /// Whether the visitor came.
        ARRIVED: bool = "Arrived",
        /// The e-mail address.
        EMAIL: String = "Email",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Visitors of bookings. `/spaces/bookingvisitors` (the group is inferred, not documented).
    BookingVisitors = "spaces" / "bookingvisitors", "BookingVisitor", BookingVisitorId;
    list BookingVisitorRow; get BookingVisitor;
    required {
        /// The booking.
        booking_id: BookingId,
        /// The visitor.
        visitor_id: VisitorId,
    }
    optional {
        /// The visitor's name.
        visitor_full_name: Personal,
        /// The visitor's e-mail address.
        visitor_email: Personal,
        /// The visitor's telephone number.
        visitor_phone_number: Personal,
        /// The visitor's company.
        visitor_company_name: Personal,
    }
    csv {}
    get_only {}
    filters {
        /// The booking.
        BOOKING: BookingId = "Booking",
        /// The visitor.
        VISITOR: VisitorId = "Visitor",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Who is or was in. `/spaces/checkins`.
    ///
    /// Creating one uses up a pass or *sells* one, so it is no plain create: see
    /// [`EntityApi::check_in`](crate::EntityApi::check_in).
    Checkins = "spaces" / "checkins", "Checkin", CheckinId;
    list CheckinRow; get Checkin;
    required {
        /// When they came.
        from_time: DateTime<Utc>,
    }
    optional {
        /// Who.
        coworker_id: CoworkerId,
        /// Their name.
        coworker_full_name: Personal,
        /// The location.
        business_id: BusinessId,
        /// The location's name.
        business_name: String,
        /// What noticed it.
        source: CheckinSource,
        /// When they left; none while they are in.
        to_time: DateTime<Utc>,
        /// When they came, by the location's clock.
        from_time_local: LocalDateTime,
        /// When they left, by the location's clock.
        to_time_local: LocalDateTime,
        /// Whether it counts against the plan's limits.
        counts_towards_plan_limits: bool,
        /// The pass that it used.
        coworker_time_pass_guid: String,
        /// Whether Nexudus ended it.
        auto_checkout: bool,
    }
    csv {}
    get_only {}
    filters {
        /// Who.
        COWORKER: CoworkerId = "Coworker",
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// When they came.
        FROM_TIME: DateTime<Utc> = "FromTime",
        /// When they left.
        TO_TIME: DateTime<Utc> = "ToTime",
    }
    verbs { Update Delete }
}

entity! {
    /// **Wi-Fi codes**; despite the name they open no doors. `/spaces/accesstokens`.
    AccessTokens = "spaces" / "accesstokens", "AccessToken", AccessTokenId;
    list AccessTokenRow; get AccessToken;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The code.
        access_code: Secret,
        /// For whom or what.
        description: Personal,
        /// Minutes that it holds.
        minutes_included: i64,
        /// Minutes that are left.
        minutes_left: i64,
        /// From when it is good.
        valid_from: DateTime<Utc>,
        /// Until when it is good.
        valid_to: DateTime<Utc>,
        /// Devices at most.
        user_limit: i64,
        /// The booking that it is for.
        booking_guid: String,
        /// The visitor that it is for.
        visitor_guid: String,
        /// When it was last used.
        last_access: DateTime<Utc>,
    }
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
    }
    verbs { Create Update Delete }
}
