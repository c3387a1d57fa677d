//! A memory of what the time-zone database said.

use super::{Resolved, in_range, resolve};
use alloc::vec::Vec;
use chrono_tz::Tz;

/// [`resolve`] with a memory of the offsets that pieces of local time have: all dates of a
/// portfolio lie in a few hundred pieces.
pub(crate) struct Resolver {
    /// A piece and zone in one number, and what is known of it.
    slots: Vec<(i64, Piece)>,
}

/// What is known of the offsets in a piece of local time, in seconds from its start: each second
/// before `until` exists once, at the offset `before`, each from `from` on once, at `after`.
/// Between the two the clocks change, or may.
#[derive(Clone, Copy)]
struct Piece {
    before: i32,
    after: i32,
    until: u32,
    from: u32,
}

/// A piece has this many bits of seconds: 24 days.
const PIECE: u32 = 21;
/// A piece is looked at every six days, its end included. What looks the same at both ends of six
/// days is the same in between: no zone changes its clocks and changes them back so soon. The
/// shortest such time is a week, and a test goes through the database.
const LOOK: i64 = 1 << 19;
/// How often the days in which the clocks change are halved: to four and a half hours.
const HALVINGS: u32 = 5;
/// No piece of any zone, as all are smaller.
const VACANT: i64 = i64::MAX;

impl Piece {
    /// Every second has to be looked up.
    const UNKNOWN: Self = Self {
        before: 0,
        after: 0,
        until: 0,
        from: u32::MAX,
    };

    fn look(zone: Tz, number: i64) -> Option<Self> {
        let (start, end) = (number << PIECE, (number + 1) << PIECE);
        let offset = |local| match resolve(zone, local) {
            Resolved::Once(instant) => i32::try_from(local - instant).ok(),
            Resolved::Fold(..) | Resolved::Gap(_) => None,
        };
        if in_range(start) != start || in_range(end) != end {
            return None;
        }
        let (before, after) = (offset(start)?, offset(end)?);
        // The last look at the first offset, the first look at the last one.
        let (mut until, mut from) = (start, end);
        let mut changed = false;
        for local in (start + LOOK..end).step_by(1 << 19) {
            let here = offset(local)?;
            if here == before && !changed {
                until = local;
            } else if here == after {
                from = if changed { from } else { local };
                changed = true;
            } else {
                return None;
            }
        }
        if before == after {
            // Either nothing changed, or something did twice.
            (until, from) = (!changed).then_some((end, end))?;
        }
        for _ in 0..HALVINGS {
            let middle = until + (from - until) / 2;
            match offset(middle) {
                Some(here) if here == before => until = middle,
                Some(here) if here == after => from = middle,
                _ => break,
            }
        }
        Some(Self {
            before,
            after,
            until: u32::try_from(until - start).ok()?,
            from: u32::try_from(from - start).ok()?,
        })
    }
}

impl Resolver {
    /// A memory for about so many records.
    pub(crate) fn for_records(count: usize) -> Self {
        let size = count.clamp(8, 16_384).next_power_of_two();
        Self {
            slots: alloc::vec![(VACANT, Piece::UNKNOWN); size],
        }
    }

    #[inline]
    pub(crate) fn resolve(&mut self, zone: Tz, local: i64) -> Resolved {
        let number = local >> PIECE;
        // Fewer than 1,024 zones.
        let asked = number << 10 | zone as i64;
        // Pieces of a zone lie side by side, zones far apart (Fibonacci hashing).
        let spread = (zone as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let place = (number as u64).wrapping_add(spread) as usize & (self.slots.len() - 1);
        let slot = self.slots.get_mut(place);
        if let Some((known, piece)) = &slot {
            let second = (local & ((1 << PIECE) - 1)) as u32;
            if *known == asked && second < piece.until {
                return Resolved::Once(local - i64::from(piece.before));
            }
            if *known == asked && second >= piece.from {
                return Resolved::Once(local - i64::from(piece.after));
            }
        }
        look_up(slot, asked, zone, local)
    }
}

/// What the memory could not say, which is rare.
#[cold]
fn look_up(slot: Option<&mut (i64, Piece)>, asked: i64, zone: Tz, local: i64) -> Resolved {
    if let Some(slot) = slot.filter(|slot| slot.0 != asked) {
        let piece = Piece::look(zone, local >> PIECE);
        *slot = (asked, piece.unwrap_or(Piece::UNKNOWN));
    }
    resolve(zone, local)
}

impl core::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::parse_local;
    use crate::zone::{DAY, MAX, MIN};
    use chrono::{DateTime, Offset as _, TimeZone as _};

    fn wall(text: &str) -> i64 {
        parse_local(text).unwrap().and_utc().timestamp()
    }

    #[test]
    fn the_memory_changes_no_answer() {
        let mut resolver = Resolver::for_records(8);
        for round in 0..2 {
            for zone in [
                Tz::America__New_York,
                Tz::Europe__London,
                Tz::Australia__Lord_Howe,
            ] {
                for quarter in 0..40_000 {
                    let local = wall("2026-01-01T00:00") + quarter * 900;
                    assert_eq!(
                        resolver.resolve(zone, local),
                        resolve(zone, local),
                        "{round}"
                    );
                }
            }
        }
    }

    fn offset(zone: Tz, at: i64) -> i64 {
        let naive = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
        i64::from(
            zone.offset_from_utc_datetime(&naive)
                .fix()
                .local_minus_utc(),
        )
    }

    /// Every instant from 1899 to 2040 at which a zone's offset changes, with the offsets before
    /// and after.
    fn changes(zone: Tz) -> Vec<(i64, i64, i64)> {
        const STEP: i64 = DAY;
        let (mut at, end) = (-25_600 * DAY, 25_600 * DAY);
        let mut before = offset(zone, at);
        let mut found = Vec::new();
        while at < end {
            let after = offset(zone, at + STEP);
            if after != before {
                let (mut from, mut to) = (at, at + STEP);
                while to - from > 1 {
                    let middle = from + (to - from) / 2;
                    let same = offset(zone, middle) == before;
                    (from, to) = if same { (middle, to) } else { (from, middle) };
                }
                found.push((to, before, after));
            }
            before = after;
            at += STEP;
        }
        found
    }

    #[test]
    fn the_memory_knows_every_change_of_every_zones_clocks() {
        let mut resolver = Resolver::for_records(usize::MAX);
        let (mut count, mut shortest) = (0, i64::MAX);
        for zone in chrono_tz::TZ_VARIANTS {
            let changes = changes(zone);
            count += changes.len();
            for (number, (at, before, after)) in changes.iter().enumerate() {
                // What `LOOK` rests on: an offset that is left does not come back within it.
                for (back, _, again) in &changes[number + 1..] {
                    if again == before {
                        shortest = shortest.min(back - at);
                        assert!(back - at > LOOK, "{zone}: {at} and {back}");
                        break;
                    }
                }
                let (low, high) = (before.min(after), before.max(after));
                for near in [
                    0,
                    1,
                    59,
                    900,
                    1_800,
                    3_600,
                    7_200,
                    DAY,
                    3 * DAY,
                    7 * DAY,
                    13 * DAY,
                    25 * DAY,
                ] {
                    for local in [
                        at + low - 1 - near,
                        at + low + near,
                        at + high - 1 - near,
                        at + high + near,
                    ] {
                        assert_eq!(
                            resolver.resolve(zone, local),
                            resolve(zone, local),
                            "{zone} {local}"
                        );
                    }
                }
            }
        }
        assert!(count > 30_000, "{count}");
        assert!(
            shortest < 7 * DAY,
            "the search sees the week of Recife: {shortest}"
        );
    }

    #[test]
    fn the_memory_knows_the_first_and_the_last_year() {
        let mut resolver = Resolver::for_records(usize::MAX);
        for zone in chrono_tz::TZ_VARIANTS {
            for edge in [i64::MIN, MIN, 0, MAX, i64::MAX] {
                for days in -40..40 {
                    let local = edge.saturating_add(days * (DAY + 1_801));
                    assert_eq!(
                        resolver.resolve(zone, local),
                        resolve(zone, local),
                        "{zone} {local}"
                    );
                }
            }
        }
    }
}
