//! The stop rules, one by one.

use futures_util::FutureExt as _;
use futures_util::TryStreamExt as _;

use super::*;

/// Pages by number; `next` as given, `total` as given.
fn pager(
    pages: Vec<(Vec<u32>, bool)>,
    total: impl Fn(usize) -> Option<u64> + Send + Sync + 'static,
) -> Pager<u32> {
    Pager::new(
        move |cursor| {
            let number: usize = cursor.map_or(0, |c| c.parse().unwrap());
            let (rows, more) = pages.get(number).or(pages.last()).cloned().unwrap();
            let next = more.then(|| (number + 1).to_string());
            let page = Page::new(rows, vec![], next, total(number));
            async move { Ok(page) }.boxed()
        },
        u32::to_string,
    )
}

fn read(pager: Pager<u32>) -> Listing<u32> {
    pager.all().now_or_never().unwrap().unwrap()
}

#[test]
fn an_empty_page_in_the_middle_is_not_the_end() {
    let list = read(pager(
        vec![(vec![1], true), (vec![], true), (vec![2], false)],
        |_| None,
    ));
    assert_eq!(
        (list.items.as_slice(), list.is_complete()),
        (&[1, 2][..], true)
    );
}

#[test]
fn an_ignored_page_number_ends_and_is_incomplete() {
    let list = read(pager(vec![(vec![1, 2], true)], |_| None));
    assert_eq!(list.items, [1, 2]);
    assert_eq!(
        list.completeness,
        crate::Completeness::Incomplete(vec![Gap::Repeated { page: 1 }])
    );
}

#[test]
fn endless_empty_pages_end_and_are_incomplete() {
    assert!(!read(pager(vec![(vec![], true)], |_| None)).is_complete());
}

#[test]
fn a_count_that_is_not_reached_is_incomplete() {
    let list = read(pager(vec![(vec![1], true), (vec![2], false)], |_| Some(3)));
    assert_eq!(
        list.completeness,
        crate::Completeness::Incomplete(vec![Gap::ShortOfTotal { total: 3, seen: 2 }])
    );
    assert!(read(pager(vec![(vec![1], true), (vec![2], false)], |_| Some(2))).is_complete());
}

#[test]
fn a_count_that_changes_while_reading_is_incomplete_and_rows_come_once() {
    let list = read(pager(
        vec![(vec![1, 2], true), (vec![2, 3], false)],
        |page| Some(if page == 0 { 4 } else { 3 }),
    ));
    assert_eq!(list.items, [1, 2, 3]);
    assert!(!list.is_complete());
}

#[test]
fn a_row_that_slips_onto_the_next_page_is_noticed_without_a_count() {
    let pages = || vec![(vec![1, 2], true), (vec![2, 3], false)];
    assert!(!read(pager(pages(), |_| None)).is_complete());
    assert!(read(pager(pages(), |_| Some(3))).is_complete());
}

#[test]
fn endless_pages_of_rows_that_cannot_be_read_end() {
    let pager: Pager<u32> = Pager::new(
        |cursor| {
            let next = cursor.map_or(1, |c| c.parse::<u32>().unwrap() + 1);
            let rejected = vec![Rejected::new(0, "id", "not a number")];
            let page = Page::new(vec![], rejected, Some(next.to_string()), None);
            async move { Ok(page) }.boxed()
        },
        u32::to_string,
    );
    let list = read(pager);
    assert_eq!(list.rejected.len(), UNREAD_PAGES as usize);
    assert_eq!(list.rejected.last().unwrap().page, 49);
}

#[test]
fn a_bound_ends_the_reading_and_says_so_only_where_there_is_more() {
    let pages = || vec![(vec![1, 2], true), (vec![3, 4], false)];
    let up_to = |most| {
        let pager = pager(pages(), |_| None);
        pager.up_to(most).now_or_never().unwrap().unwrap()
    };
    let bounded = crate::Completeness::Incomplete(vec![Gap::Bounded]);
    assert_eq!((up_to(1).items.len(), up_to(1).completeness), (2, bounded));
    assert_eq!((up_to(4).items.len(), up_to(4).is_complete()), (4, true));
}

#[test]
fn a_list_read_in_two_processes_is_one_list() {
    let pages = || vec![(vec![1, 2], true), (vec![2, 3], true), (vec![4], false)];
    for total in [Some(4), Some(5), None] {
        let whole = read(pager(pages(), move |_| total));
        for stop in 0..3 {
            let mut first = pager(pages(), move |_| total);
            let mut items = Vec::new();
            for _ in 0..stop {
                let page = first.next_page().now_or_never().unwrap().unwrap();
                items.extend(page.unwrap().items);
            }
            let kept = serde_json::to_string(&first.checkpoint()).unwrap();
            let checkpoint: Checkpoint = serde_json::from_str(&kept).unwrap();
            let second = read(pager(pages(), move |_| total).restore(checkpoint));
            items.extend(second.items);
            assert_eq!(items, whole.items);
            assert_eq!(second.completeness, whole.completeness, "{total:?} {stop}");
        }
    }
}

#[test]
fn a_page_that_fails_can_be_asked_for_again() {
    let failed = std::sync::atomic::AtomicBool::new(false);
    let mut pager: Pager<u32> = Pager::new(
        move |_| {
            let fail = !failed.swap(true, std::sync::atomic::Ordering::Relaxed);
            async move {
                match fail {
                    true => Err(Error::config("away")),
                    false => Ok(Page::new(vec![1], vec![], None, None)),
                }
            }
            .boxed()
        },
        u32::to_string,
    );
    assert!(pager.next_page().now_or_never().unwrap().is_err());
    assert!(pager.next_page().now_or_never().unwrap().unwrap().is_some());
    assert!(pager.next_page().now_or_never().unwrap().unwrap().is_none());
}

#[test]
fn a_stream_brings_the_same_rows() {
    let rows: Vec<u32> = pager(vec![(vec![1], true), (vec![2], false)], |_| None)
        .items()
        .try_collect()
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(rows, [1, 2]);
}

#[test]
fn pages_full_of_bad_rows_are_counted_over_all_pages() {
    let pager: Pager<u32> = Pager::new(
        |cursor| {
            let number: u32 = cursor.map_or(0, |c| c.parse().unwrap());
            let mut rejected = Vec::new();
            for index in 0..700 {
                Rejected::new(index, "id", "missing").add_to(&mut rejected);
            }
            let next = (number < 2).then(|| (number + 1).to_string());
            let page = Page::new(vec![], rejected, next, Some(2_100));
            async move { Ok(page) }.boxed()
        },
        u32::to_string,
    );
    let list = read(pager);
    assert_eq!((list.rejected.len(), list.rejected_rows()), (1_001, 2_100));
    let gaps = vec![Gap::Unlisted { rows: 1_100 }];
    assert_eq!(list.completeness, crate::Completeness::Incomplete(gaps));
}
