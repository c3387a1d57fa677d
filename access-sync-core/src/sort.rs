//! Sorting by two ids without following them.
//!
//! Entries carry eight bytes of an id; whole ids are compared only where those are equal.

use crate::text::TextRef;

/// Something with a few bytes of its id in front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: u64,
    pub(crate) item: T,
}

/// Entries that are looked at ahead of their turn.
const AHEAD: usize = 64;

/// Sorts entries, whose keys come from the first text, by both texts, and gives the runs of equal
/// ones in order.
///
/// What entries stand for lies all over memory. `touch` is called with some of them before their
/// turn and should read a byte of each: a short loop lets the processor fetch many at once, where
/// the long one that follows would wait for each in turn.
pub(crate) fn for_each_group<'t, T>(
    entries: &mut [Keyed<T>],
    first: impl Fn(&T) -> TextRef<'t>,
    second: impl Fn(&T) -> TextRef<'t>,
    touch: impl Fn(&T) -> u8,
    mut group: impl FnMut(&[Keyed<T>]),
) {
    entries.sort_unstable_by_key(|entry| entry.key);
    let mut rest = entries;
    while let Some(count) = block_len(rest) {
        let Some((block, after)) = rest.split_at_mut_checked(count) else {
            return;
        };
        let read = block
            .iter()
            .fold(0, |sum: u8, entry| sum ^ touch(&entry.item));
        core::hint::black_box(read);
        for run in block.chunk_by_mut(|a, b| a.key == b.key) {
            if run.len() == 1 {
                group(run);
                continue;
            }
            by_text(run, &first);
            for same in run.chunk_by_mut(|a, b| first(&a.item) == first(&b.item)) {
                by_text(same, &second);
                same.chunk_by(|a, b| second(&a.item) == second(&b.item))
                    .for_each(&mut group);
            }
        }
        rest = after;
    }
}

/// The length of a first block that ends where a run of equal keys does.
fn block_len<T>(entries: &[Keyed<T>]) -> Option<usize> {
    let count = AHEAD.min(entries.len());
    let last = entries.get(count.checked_sub(1)?)?.key;
    let more = entries
        .get(count..)?
        .iter()
        .take_while(|entry| entry.key == last)
        .count();
    Some(count + more)
}

/// Sorts entries by a text of theirs, whatever their keys are.
fn by_text<'t, T>(entries: &mut [Keyed<T>], text: impl Fn(&T) -> TextRef<'t>) {
    let Some(first) = entries.first().map(|entry| text(&entry.item)) else {
        return;
    };
    let all_same = |run: &[Keyed<T>], first| run.iter().all(|entry| text(&entry.item) == first);
    if all_same(entries, first) {
        return;
    }
    if entries.len() <= 16 {
        entries.sort_unstable_by(|a, b| text(&a.item).cmp(&text(&b.item)));
        return;
    }
    let texts = entries.iter().map(|entry| text(&entry.item));
    let skip = texts.fold(first.as_bytes(), shared_prefix).len();
    for entry in &mut *entries {
        entry.key = text(&entry.item).sort_key(skip);
    }
    entries.sort_unstable_by_key(|entry| entry.key);
    for run in entries.chunk_by_mut(|a, b| a.key == b.key) {
        let Some(first) = run.first().map(|entry| text(&entry.item)) else {
            continue;
        };
        if !all_same(run, first) {
            run.sort_unstable_by(|a, b| text(&a.item).cmp(&text(&b.item)));
        }
    }
}

/// What a text has in common with a prefix.
pub(crate) fn shared_prefix<'t>(prefix: &'t [u8], text: TextRef<'_>) -> &'t [u8] {
    let same = prefix
        .iter()
        .zip(text.as_bytes())
        .take_while(|(a, b)| a == b)
        .count();
    prefix.get(..same).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;
    use alloc::format;
    use alloc::vec::Vec;

    #[test]
    fn groups_come_in_the_order_of_the_whole_texts() {
        let mut texts: Vec<(Text, Text)> = Vec::new();
        for n in 0..600_u64 {
            let n = n * 7919 % 600;
            let first = match n % 5 {
                0 => format!("resident-with-a-long-common-prefix-{:04}", n % 40),
                1 => format!("resident-with-a-long-common-prefix-{:04}\0", n % 40),
                2 => format!("r{}", n % 7),
                3 => "\0".repeat(n as usize % 12),
                _ => format!("{}", n % 11),
            };
            texts.push((first.into(), format!("target-number-{}", n % 23).into()));
        }
        for skip in [0, 9] {
            let mut entries: Vec<_> = texts
                .iter()
                .map(|t| Keyed {
                    key: t.0.as_ref().sort_key(skip),
                    item: t,
                })
                .collect();
            if skip > 0 {
                entries.retain(|entry| entry.item.0.as_bytes().starts_with(b"resident-"));
            }
            let mut expected: Vec<_> = entries.iter().map(|entry| entry.item).collect();
            expected.sort();
            let mut found = Vec::new();
            for_each_group(
                &mut entries,
                |t| t.0.as_ref(),
                |t| t.1.as_ref(),
                |_| 0,
                |group| {
                    assert!(group.iter().all(|entry| entry.item == group[0].item));
                    assert_ne!(
                        found.last().copied(),
                        Some(group[0].item),
                        "a group was split"
                    );
                    found.extend(group.iter().map(|entry| entry.item));
                },
            );
            assert_eq!(found, expected);
        }
    }
}
