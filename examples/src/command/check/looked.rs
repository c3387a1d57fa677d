//! What a whole look found of the mapping, and what it costs.

use std::collections::BTreeMap;

use access_sync_engine::Prepared;
use access_sync_engine::source::NoteCode;

use super::List;
use crate::connect::House;
use crate::render::count;

/// Hours in 30 days: how often an hourly look is made.
const HOURLY: u64 = 720;

/// What reading found of the mapping.
pub(super) fn mapping(prepared: &Prepared, list: &mut List) {
    let area = "mapping";
    let mut notes: BTreeMap<NoteCode, Vec<&str>> = BTreeMap::new();
    for note in prepared.notes() {
        notes.entry(note.code).or_default().push(&note.text);
    }
    let some = |texts: &[&str]| {
        let more = texts.len().saturating_sub(3);
        let shown: Vec<_> = texts.iter().take(3).copied().collect();
        match more {
            0 => shown.join("; "),
            more => format!("{}; and {more} more", shown.join("; ")),
        }
    };
    list.fine(
        area,
        format!(
            "{} of Brivo are mapped",
            count(prepared.feed.managed.len(), "group", "groups")
        ),
    );
    if prepared.feed.managed.is_empty() {
        list.fault(
            area,
            "nothing opens anything",
            "name Brivo's groups in [[property]] and [[location]]: common, unit, from_source",
        );
    }
    for (code, texts) in &notes {
        match code {
            NoteCode::UnknownGroup => list.fault(
                area,
                some(texts),
                "names must be Brivo's exactly; make the group there, or correct it in the mapping",
            ),
            NoteCode::UnmappedPlace => list.warn(
                area,
                some(texts),
                "map a group if somebody shall get in there",
            ),
            NoteCode::RejectedRow => list.warn(
                area,
                some(texts),
                "correct the row at its source; until then nothing is taken away there",
            ),
            NoteCode::NotPermitted => list.fault(
                area,
                some(texts),
                "have it permitted, or take it out of the mapping",
            ),
            _ => {}
        }
    }
    for missing in &prepared.feed.missing {
        list.warn(
            area,
            missing.clone(),
            "as long as something cannot be read, nothing is taken away",
        );
    }
    let zones: Vec<_> = prepared
        .feed
        .origins
        .values()
        .map(|origin| origin.time_zone.name())
        .collect();
    let zones: std::collections::BTreeSet<_> = zones.into_iter().collect();
    list.fine(
        area,
        format!(
            "doors are in {}",
            zones.into_iter().collect::<Vec<_>>().join(", ")
        ),
    );
}

/// Whether the key pays for looking every hour.
pub(super) fn limits(house: &House, look: u64, list: &mut List) {
    let tier = house.config.brivo.tier.tier();
    let month = look * HOURLY;
    let text = format!(
        "a full look costs {look} calls; hourly that is {month} of {} in 30 days",
        tier.per_30_days()
    );
    match month <= tier.per_30_days() {
        true => list.fine("limits", text),
        false => list.warn(
            "limits",
            text,
            format!(
                "the key pays for a full look every {} hours; `access-sync run` reads by shares, so that each \
                 run costs less",
                month.div_ceil(tier.per_30_days().max(1))
            ),
        ),
    }
}
