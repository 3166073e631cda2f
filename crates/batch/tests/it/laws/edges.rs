//! Where the laws end, and cases in which they once did not hold.

use super::history::{DAY, Raw};
use super::outcome::{
    LEDGERS, LEDGERS_ONLY, Outcome, PROJECT, TABLES, difference, outcome, project,
};

/// A row of noon on the first day.
fn raw(message: &str, event: &'static str, user: &str, device: Option<&str>) -> Raw {
    let at = 1_704_110_400_000;
    Raw {
        message: message.to_owned(),
        at,
        received: at + 1_000,
        event,
        user: Some(user.to_owned()),
        device: device.map(str::to_owned),
        previous: None,
        cents: None,
        score: None,
        country: None,
    }
}

/// Both orders of arrival.
fn both_ways(rows: &[Raw], run: impl Fn(&[Raw]) -> Outcome) -> (Outcome, Outcome) {
    let reversed: Vec<Raw> = rows.iter().rev().cloned().collect();
    (run(&reversed), run(rows))
}

/// Thresholds are taken at the latest 5,000 dates. A history that has more of them has no scores in its
/// beginning, and one that ends earlier has.
#[test]
fn beyond_the_most_scoring_dates_an_earlier_end_is_no_beginning() {
    let daily = project("daily", "");
    let order = |number: i64, day: i64| Raw {
        cents: Some(100 * (number + 1)),
        at: raw("", "", "", None).at + day * DAY,
        ..raw(
            &format!("m{number}"),
            "Order Completed",
            &format!("u{number}"),
            None,
        )
    };
    let begun: Vec<Raw> = (0..5).map(|number| order(number, 0)).collect();
    let end = |days: i64| begun[0].time().plus(days * DAY);
    let prized = |rows: &[Raw], days: i64| {
        let moves = &outcome(&daily, rows, Some(end(days))).tables["transitions"];
        let moves = moves.before(end(10));
        moves.column("to").filter(|to| *to == "prized").count()
    };
    assert!(prized(&begun, 10) > 0);
    // From the 5,101st day on the first hundred have no thresholds.
    let longer = [&begun[..], &[order(5, 5_100)]].concat();
    assert_eq!(prized(&longer, 6_000), 0);
    let notes = outcome(&daily, &longer, Some(end(6_000))).manifest.notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("scores are known from")),
        "{notes:?}"
    );
}

/// The message that joined a device is the smallest of the instant, whichever was read first.
#[test]
fn a_device_seen_twice_at_one_instant_is_joined_by_the_smaller_message() {
    let rows = [
        raw("b", "Logged In", "ada", Some("phone")),
        raw("a", "Logged In", "ada", Some("phone")),
    ];
    let (found, expected) = both_ways(&rows, |rows| outcome(&PROJECT, rows, None));
    assert_eq!(difference(&found, &expected, &TABLES), None);
}

/// Also where one of two users is seen twice at the instant.
#[test]
fn a_device_belongs_to_the_user_of_the_smallest_message() {
    let rows = [
        raw("z", "Logged In", "ada", Some("phone")),
        raw("m", "Logged In", "bob", Some("phone")),
        raw("a", "Logged In", "ada", Some("phone")),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0]] {
        let found = outcome(&PROJECT, &order.map(|row: usize| rows[row].clone()), None);
        let identities = &found.tables["identities"];
        let mut owners = identities.rows.iter().filter(|cells| cells[2] == "phone");
        let owner = owners.next().map(|cells| (&cells[0][..], &cells[4][..]));
        assert_eq!(owner, Some(("ada", "a")), "{order:?}");
    }
}

/// So is the message that states a link.
#[test]
fn a_link_stated_twice_at_one_instant_is_by_the_smaller_message() {
    let link = |message| Raw {
        previous: Some("ada.l".to_owned()),
        ..raw(message, "alias", "ada", None)
    };
    let (found, expected) = both_ways(&[link("b"), link("a")], |rows| {
        outcome(&PROJECT, rows, None)
    });
    assert_eq!(difference(&found, &expected, &TABLES), None);
}

/// Touches that are alike may differ in when they arrived.
#[test]
fn of_like_touches_at_one_instant_the_smaller_message_decides() {
    let late = raw("a", "Logged In", "ada", None).again(1_000);
    let rows = [raw("b", "Logged In", "ada", None), late];
    let (found, expected) = both_ways(&rows, |rows| outcome(&LEDGERS_ONLY, rows, None));
    assert_eq!(difference(&found, &expected, &LEDGERS), None);
}

/// A row that is left out as sent twice joins no identifiers either, if it says something else.
#[test]
fn a_message_that_comes_again_joins_nobody() {
    let first = raw("a", "Logged In", "ada", None);
    let again = Raw {
        previous: Some("bob".to_owned()),
        ..first.again(1_000)
    };
    let other = raw("b", "Logged In", "bob", None);
    let expected = outcome(&PROJECT, &[first.clone(), other.clone()], None);
    let found = outcome(&PROJECT, &[first, other, again], None);
    assert_eq!(difference(&found, &expected, &TABLES), None);
}
