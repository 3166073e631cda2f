//! What those who follow are told: changes as they are made, and of a fold from the first what is new.
//!
//! Where history is corrected, a customer may come back to where an earlier change had brought her. She stands
//! elsewhere than those who follow know, so they are told of that change again, and that it corrects.
//! **Invariant:** but for corrections no change is told twice.

use perennial_model::{Change, Time};

use super::folded::{Caused, Folded, StoredCustomer};
use super::touch::{KeptTouch, Place, after_all, before_all, time_place};
use crate::rulebook::Rulebook;
use crate::workspace::Notice;

/// Of a customer folded from the first: what brought her where she did not stand before.
pub(crate) fn latest(folded: &Folded, caused: Vec<Caused>) -> Vec<Caused> {
    let (before, now) = (&folded.counted, folded.standing());
    let mut news = Vec::new();
    for one in caused.into_iter().rev() {
        let is_news = match &one.change {
            Change::Moved(made) => {
                let number = usize::from(made.lifecycle);
                before.stages.get(number) != now.stages.get(number)
            }
            Change::Switched(switch) => {
                before.segments.contains(&switch.segment) != now.segments.contains(&switch.segment)
            }
            Change::Refused(_) => false,
        };
        let same = |other: &Caused| match (&other.change, &one.change) {
            (Change::Moved(a), Change::Moved(b)) => a.lifecycle == b.lifecycle,
            (Change::Switched(a), Change::Switched(b)) => a.segment == b.segment,
            _ => false,
        };
        if is_news && !news.iter().any(same) {
            news.push(one);
        }
    }
    news.reverse();
    news
}

/// Up to where a customer was told of whose fold is not at hand: by her touches among the lines before `line`,
/// folded aside up to an instant. Where one of them came late, more may have been told than they say now.
pub(crate) fn told_before(
    book: &mut Rulebook,
    touches: &[KeptTouch],
    (line, now): (u64, Time),
) -> Place {
    let is_old = |touch: &&KeptTouch| touch.ordinal < line && touch.at_ms < now.ms();
    let old: Vec<KeptTouch> = touches.iter().filter(is_old).cloned().collect();
    if !old.is_sorted_by_key(|touch| touch.ordinal) {
        return after_all();
    }
    let mut folded = Folded::new("".into(), StoredCustomer::nobody());
    folded.refold(book, &old, now, &mut Vec::new());
    let received = old.iter().filter(|touch| touch.delay_ms > 0);
    // Time had come that far before they came, and may have brought what they undid.
    let received = received.map(|touch| touch.at_ms.saturating_add(touch.delay_ms));
    let received = received.max().map_or_else(before_all, time_place);
    folded.told_now().max(received)
}

/// Tells followers what happened to a customer, who was told of up to a place.
pub(crate) fn notify(
    notices: &mut Vec<Notice>,
    book: &Rulebook,
    (customer, told): (&str, &Place),
    news: impl IntoIterator<Item = Caused>,
) {
    for one in news {
        let corrects = one.place() <= *told;
        notices.push(crate::answer::notice(book, customer, &one, corrects));
    }
}
