//! Contracts: everybody's days, and what the pauses leave of them.

use super::{Derivation, End, MAX_PAUSES, Sink};
use crate::fields::DateField;
use crate::finding::{Edge, FindingCode};
use crate::record::{Contract, Pause, TeamMember};
use crate::zone::{MIN, OPEN};
use alloc::format;
use alloc::vec::Vec;

impl<S: Sink> Derivation<'_, S> {
    pub(super) fn contract(&mut self, contract: &Contract) {
        if !contract.status.grants() {
            return self.note(FindingCode::ExcludedByStatus);
        }
        let from = match &contract.start_date {
            DateField::Missing => {
                self.note(FindingCode::MissingStart);
                None
            }
            field => {
                let day = self.start_day(field, || "start_date".into());
                day.and_then(|day| self.midnight(day, Edge::Start))
            }
        };
        let to = self.last_day(&contract.end_date, || "end_date".into());
        let pauses = self.pauses(&contract.pauses);
        let (Some(from), Some(to), Some(pauses)) = (from, to, pauses) else {
            return;
        };
        if !self.is_valid(from, to) {
            return;
        }
        self.pieces(0, from, to, &pauses);
        for ((pair, member), number) in (1..).zip(&contract.team).zip(0_usize..) {
            if let Some((joined, left)) = self.member(member, number) {
                self.pieces(pair, from.max(joined), to.min(left), &pauses);
            }
        }
    }

    /// What the pauses leave of a span.
    fn pieces(&mut self, pair: u32, mut from: i64, to: i64, pauses: &[(i64, i64)]) {
        for (pause_from, pause_to) in pauses {
            if *pause_from >= to {
                break;
            }
            if from < *pause_from {
                self.out.raw(pair, from, *pause_from);
            }
            from = from.max(*pause_to);
        }
        if from < to {
            self.out.raw(pair, from, to);
        }
    }

    /// A member's own days as instants. Days that miss the contract's give nothing and need no
    /// finding; days that contradict each other do.
    fn member(&mut self, member: &TeamMember, number: usize) -> Option<(i64, i64)> {
        let from = match &member.joined {
            DateField::Missing => Some(MIN),
            field => {
                let day = self.start_day(field, || format!("team[{number}].joined").into());
                day.and_then(|day| self.midnight(day, Edge::Start))
            }
        };
        let to = self.last_day(&member.left, || format!("team[{number}].left").into());
        let (from, to) = (from?, to?);
        self.is_valid(from, to).then_some((from, to))
    }

    /// The pauses as disjoint spans in order; `None` where one cannot be read, because access in
    /// a pause that we failed to understand would be access that nobody granted.
    fn pauses(&mut self, pauses: &[Pause]) -> Option<Vec<(i64, i64)>> {
        if pauses.len() > MAX_PAUSES {
            self.note(FindingCode::TooManyPauses);
            return None;
        }
        let mut readable = true;
        let mut spans = Vec::with_capacity(pauses.len());
        for (pause, number) in pauses.iter().zip(0_usize..) {
            let from = match &pause.from {
                DateField::Missing => {
                    let field = format!("pauses[{number}].from").into();
                    self.out.note(FindingCode::MissingStart, None, Some(field));
                    None
                }
                field => {
                    let day = self.start_day(field, || format!("pauses[{number}].from").into());
                    // Where a pause begins, access ends.
                    day.and_then(|day| self.midnight(day, Edge::End))
                }
            };
            let to = match self.end_day(&pause.to, || format!("pauses[{number}].to").into()) {
                None => None,
                Some(End::Open) => Some(OPEN),
                Some(End::At(day)) => self.midnight(day + 1, Edge::Start),
            };
            match (from, to) {
                (Some(from), Some(to)) => {
                    if self.is_valid(from, to) {
                        spans.push((from, to));
                    }
                }
                _ => readable = false,
            }
        }
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
        readable.then_some(spans)
    }
}
