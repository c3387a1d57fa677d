//! Resources, their types, and the units of floor plans.

use chrono::{DateTime, Utc};

use super::passes::{TimePass, TimePassRow};
use crate::entity::entity;
use crate::{
    BusinessId, CoworkerContractId, CoworkerId, FloorPlanDeskId, FloorPlanDeskVariantId,
    FloorPlanId, FloorPlanItemType, LocalDateTime, Personal, ResourceId, ResourceTypeId,
    SystemResourceType, TariffId, TeamId,
};

entity! {
    /// What can be booked: rooms, desks, machines. `/spaces/resources`.
    ///
    /// No webhook tells of changes here; poll. Batch reads leave many fields out.
    Resources = "spaces" / "resources", "Resource", ResourceId;
    list ResourceRow; get Resource;
    required {}
    optional {
        /// The location, and so that of its bookings.
        business_id: BusinessId,
        /// The location's name.
        business_name: String,
        /// The name.
        name: String,
        /// What it is.
        system_resource_type: SystemResourceType,
        /// The operator's own type.
        resource_type_id: ResourceTypeId,
        /// That type's name.
        resource_type_name: String,
        /// The access group that Nexudus' own integration uses; for Brivo a group id.
        access_control_group_id: String,
        /// The Kisi group.
        kisi_group_id: String,
        /// Whether customers see it.
        visible: bool,
        /// Whether it was put away.
        archived: bool,
        /// Whether the calendar leaves it out.
        hide_in_calendar: bool,
        /// Whether its bookings start as tentative.
        requires_confirmation: bool,
        /// Whether bookings may overlap.
        allow_multiple_bookings: bool,
        /// People at most.
        allocation: i64,
        /// Minutes kept free between bookings.
        interval_limit: i64,
        /// The shortest booking, in minutes.
        min_booking_length: i64,
        /// The longest booking, in minutes.
        max_booking_length: i64,
        /// The heading that it is listed under.
        group_name: String,
    }
    csv {
        /// The access groups, where there are several.
        access_control_group_ids: String,
        /// Resources that are booked along with it.
        linked_resource_ids: ResourceId,
    }
    get_only {
        /// Resources that are booked along with it.
        linked_resources: ResourceId,
        /// Plans that may book it; all if empty.
        tariffs: TariffId,
        /// Teams that may book it; all if empty.
        teams: TeamId,
    }
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// The name.
        NAME: String = "Name",
        /// The operator's own type.
        RESOURCE_TYPE: ResourceTypeId = "ResourceType",
        /// Whether it was put away.
        ARCHIVED: bool = "Archived",
        /// Whether customers see it.
        VISIBLE: bool = "Visible",
    }
    verbs { Create Update Delete }
}

macro_rules! all_groups {
    ($($type:ident),*) => {$(
        impl $type {
            /// All access groups of Nexudus' own integration, each once: the single one and the
            /// several.
            #[must_use]
            pub fn access_groups(&self) -> Vec<&str> {
                let mut groups: Vec<&str> = Vec::new();
                let single = self.access_control_group_id.as_deref().into_iter();
                for group in single.chain(self.access_control_group_ids.iter().map(String::as_str)) {
                    if !groups.contains(&group) {
                        groups.push(group);
                    }
                }
                groups
            }
        }
    )*};
}
all_groups!(ResourceRow, Resource, TimePassRow, TimePass);

entity! {
    /// The operator's own types of resources. `/spaces/resourcetypes`.
    ResourceTypes = "spaces" / "resourcetypes", "ResourceType", ResourceTypeId;
    list ResourceTypeRow; get ResourceType;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The name.
        name: String,
        /// A description.
        description: String,
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

entity! {
    /// Units of floor plans: offices, desks, rooms. `/sys/floorplandesks`.
    ///
    /// A customer has one by a contract, or directly
    /// ([`coworker_id`](FloorPlanDeskRow::coworker_id)) without one.
    FloorPlanDesks = "sys" / "floorplandesks", "FloorPlanDesk", FloorPlanDeskId;
    list FloorPlanDeskRow; get FloorPlanDesk;
    required {}
    optional {
        /// The floor plan.
        floor_plan_id: FloorPlanId,
        /// The floor plan's name.
        floor_plan_name: String,
        /// The floor plan's location.
        floor_plan_business_id: BusinessId,
        /// That location's name.
        floor_plan_business_name: String,
        /// The name.
        name: String,
        /// What it is. Only hot desks may have several contracts at a time.
        item_type: FloorPlanItemType,
        /// Who has it without a contract.
        coworker_id: CoworkerId,
        /// Their name.
        coworker_full_name: Personal,
        /// The resource that books it.
        resource_id: ResourceId,
        /// That resource's name.
        resource_name: String,
        /// The access group that Nexudus' own integration uses; for Brivo a group id.
        access_control_group_id: String,
        /// Whether it can be had.
        available: bool,
        /// From when it can be had.
        available_from_time: DateTime<Utc>,
        /// Until when it can be had.
        available_to_time: DateTime<Utc>,
        /// From when, by the location's clock.
        available_from_time_local: LocalDateTime,
        /// Until when, by the location's clock.
        available_to_time_local: LocalDateTime,
        /// People at most.
        capacity: f64,
    }
    csv {
        /// The contracts that include it.
        coworker_contract_ids: CoworkerContractId,
    }
    get_only {}
    filters {
        /// The floor plan.
        FLOOR_PLAN: FloorPlanId = "FloorPlan",
        /// The floor plan's location.
        BUSINESS: BusinessId = "FloorPlan_Business_Id",
        /// The name.
        NAME: String = "Name",
        /// Who has it without a contract.
        COWORKER: CoworkerId = "Coworker",
    }
    verbs { Create Update Delete }
}

entity! {
    /// Part-time packages of floor plan units, each for some weekdays.
    /// `/sys/floorplandeskvariants`.
    FloorPlanDeskVariants = "sys" / "floorplandeskvariants", "FloorPlanDeskVariant", FloorPlanDeskVariantId;
    list FloorPlanDeskVariantRow; get FloorPlanDeskVariant;
    required {}
    optional {
        /// The unit.
        floor_plan_desk_id: FloorPlanDeskId,
        /// The unit's name.
        floor_plan_desk_name: String,
        /// The name.
        name: String,
        /// The access group that Nexudus' own integration uses.
        access_control_group_id: String,
        /// On Mondays.
        available_monday: bool,
        /// On Tuesdays.
        available_tuesday: bool,
        /// On Wednesdays.
        available_wednesday: bool,
        /// On Thursdays.
        available_thursday: bool,
        /// On Fridays.
        available_friday: bool,
        /// On Saturdays.
        available_saturday: bool,
        /// On Sundays.
        available_sunday: bool,
        /// The share of the unit that it takes, in percent.
        occupancy_percentage: f64,
    }
    csv {
        /// The contracts that include it.
        coworker_contract_ids: CoworkerContractId,
    }
    get_only {}
    filters {
        /// The unit.
        FLOOR_PLAN_DESK: FloorPlanDeskId = "FloorPlanDesk",
        /// The name.
        NAME: String = "Name",
    }
    verbs { Create Update Delete }
}
