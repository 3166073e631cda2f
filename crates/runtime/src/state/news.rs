//! What those who follow are told: changes as they are made, and of a fold from the first what is new.

use perennial_model::Change;

use super::folded::{Caused, Folded};
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

/// Tells followers what happened to a customer.
pub(crate) fn notify(
    notices: &mut Vec<Notice>,
    book: &Rulebook,
    customer: &str,
    news: impl IntoIterator<Item = Caused>,
) {
    for one in news {
        notices.push(crate::answer::notice(book, customer, &one));
    }
}
