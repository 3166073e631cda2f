//! Figures of stages: by example, against a reference that looks at every instant, and their laws.

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_analytics::kpis::{
    Figure, Kpi, Kpis, StageCounts, StageKpis, StageMeanings, Target, TouchMeanings,
};
use perennial_analytics::{OUTSIDE, survival};
use perennial_model::{DAY_MS, Zone};
use perennial_rules::project::WeekStart;
use proptest::prelude::*;

use crate::staged::{Person, ask, people};

const ORDER: u16 = 0;
const REFUND: u16 = 1;
const CSAT: u16 = 2;
const NPS: u16 = 3;
const TICKET: u16 = 4;
const REFERRAL: u16 = 5;
const CONDITIONS: u16 = 6;
const STAGES: u8 = 4;
/// The stage that counts as lapsed.
const LAPSED: u8 = 3;
/// An amount or score of one.
const ONE: i64 = 1_000_000;

/// Days 2 to 5, of which 0 to 7 are known.
pub fn question() -> Kpis {
    let calendar = Calendar::new(Zone::utc(), Interval::Day, WeekStart::Monday);
    let range = Range::widened(&calendar, 2 * DAY_MS, 5 * DAY_MS, 8 * DAY_MS).expect("days");
    Kpis {
        calendar,
        range,
        known_until_ms: 8 * DAY_MS,
        lifecycles: vec![StageMeanings {
            lifecycle: 0,
            lapsed: vec![LAPSED],
        }],
        window_ms: 2 * DAY_MS,
        touches: TouchMeanings {
            order: Some(ORDER),
            order_value: Some(0),
            refund: Some(REFUND),
            refund_value: Some(0),
            csat: Some(CSAT),
            csat_score: Some(0),
            nps: Some(NPS),
            nps_score: Some(0),
            ticket: Some(TICKET),
            referral: Some(REFERRAL),
            ..TouchMeanings::default()
        },
        by: None,
    }
}

fn rows(question: &Kpis, people: &[Person]) -> Vec<StageKpis> {
    let mut answer = ask(question, usize::from(STAGES), people);
    answer.remove(0).answer
}

fn row(rows: &[StageKpis], period: Option<i64>, stage: u8) -> &StageKpis {
    rows.iter()
        .find(|row| (row.period, row.stage) == (period, stage))
        .expect("a row for each stage and period")
}

fn day(day: i64) -> i64 {
    day * DAY_MS
}

#[test]
fn a_touch_is_in_the_stage_that_its_very_instant_led_to() {
    let ada = Person::new(&[(day(2), 0), (day(2), 1), (day(3) + 5, 2)])
        .did(day(2), &[ORDER], 30 * ONE)
        .did(day(3) + 4, &[REFUND], 10 * ONE)
        .did(day(3) + 5, &[ORDER], 7 * ONE)
        .did(day(4), &[CSAT], 4 * ONE)
        .did(day(4) + 1, &[NPS], 6 * ONE);
    let rows = rows(&question(), &[ada]);
    let passed = &row(&rows, Some(2), 0).counts;
    assert_eq!((passed.entered, passed.left, passed.at_end), (1, 1, 0));
    assert_eq!((passed.orders, passed.active), (0, 0));
    let first = &row(&rows, Some(2), 1).counts;
    assert_eq!((first.orders, first.revenue), (1, i128::from(30 * ONE)));
    assert_eq!(first.value_to_date, i128::from(30 * ONE));
    let left = &row(&rows, Some(3), 1).counts;
    assert_eq!((left.refunds, left.refunded), (1, i128::from(10 * ONE)));
    assert_eq!((left.at_end, left.value_to_date), (0, 0));
    let second = &row(&rows, Some(3), 2).counts;
    assert_eq!(
        (second.orders, second.value_to_date),
        (1, i128::from(27 * ONE))
    );
    let later = row(&rows, Some(4), 2);
    assert_eq!(later.counts.csat.top, 1);
    assert_eq!(Kpi::CsatMean.of(later), Some(Figure::Score(4.0)));
    assert_eq!(Kpi::Nps.of(later), Some(Figure::Score(-100.0)));
    assert_eq!(Kpi::Nps.of(row(&rows, Some(5), 2)), None);
    assert_eq!(Kpi::CesMean.of(later), None);
}

#[test]
fn those_not_observed_for_the_window_do_not_dilute_a_conversion() {
    // The window is 2 days and day 8 is the last known: who entered after day 6 cannot be judged.
    let mut question = question();
    question.range = Range::widened(&question.calendar, 0, day(7), day(8)).expect("days");
    let people = [
        Person::new(&[(day(1), 0), (day(3), 1)]),
        Person::new(&[(day(1), 0), (day(3) + 1, 1)]),
        Person::new(&[(day(6), 0)]),
        Person::new(&[(day(7), 0)]),
        Person::new(&[(day(7), 0), (day(7) + 1, 2)]),
    ];
    let rows = rows(&question, &people);
    let whole = row(&rows, None, 0);
    let to = |to: u8| whole.conversion(to).expect("a stage to go to");
    assert_eq!((to(1).within.hits, to(1).within.people), (1, 3));
    assert_eq!((to(2).within.hits, to(2).within.people), (0, 3));
    assert_eq!((to(1).so_far, to(2).so_far, to(3).so_far), (2, 1, 0));
    // By hand: one of 5 goes to 2 at once; 4/5 are left, of whom 1 day later one goes out of sight. At 2
    // days one of the 3 in sight goes to 1, and a millisecond later, one more going out of sight, one of 1.
    let (first, second) = (0.8 / 3.0, 0.8 * 2.0 / 3.0);
    let ever = to(1).ever.expect("somebody entered");
    assert!((ever - first - second).abs() < 1e-12, "{ever}");
    assert_eq!(whole.staying.median_ms, Some(day(2) + 1));
    assert_eq!(row(&rows, Some(7), 0).staying.median_ms, Some(1));
    assert_eq!(row(&rows, Some(6), 0).staying.median_ms, None);
}

#[test]
fn who_lapses_counts_where_she_was_and_who_comes_back_where_she_lapsed() {
    let people = [
        Person::new(&[(day(1), 1), (day(2), LAPSED), (day(4), 2)]),
        Person::new(&[(day(1), 1), (day(2), LAPSED)]),
        Person::new(&[(day(1), 1), (day(3), 2)]),
        Person::new(&[(day(2), 1)]),
    ];
    let rows = rows(&question(), &people);
    let first = row(&rows, Some(2), 1);
    let rate = |hits, people| {
        Some(Figure::Rate(perennial_analytics::proportion::Rate {
            hits,
            people,
        }))
    };
    assert_eq!(Kpi::LapseRate.of(first), rate(2, 4));
    assert_eq!(Kpi::RetentionRate.of(first), rate(2, 4));
    let back = row(&rows, Some(4), LAPSED);
    assert_eq!(Kpi::RecoveryRate.of(back), rate(1, 2));
    assert_eq!(Kpi::LapseRate.of(back), None);
    assert_eq!(Kpi::Share.of(row(&rows, Some(4), 2)), rate(2, 4));
}

#[test]
fn a_gap_is_worth_what_those_are_worth_who_get_there() {
    let mut question = question();
    question.range = Range::widened(&question.calendar, 0, day(7), day(8)).expect("days");
    let mut people = vec![Person::new(&[(day(1), 0)]); 3];
    people.push(Person::new(&[(day(1), 0), (day(2), 1)]).did(day(2), &[ORDER], 50 * ONE));
    let rows = rows(&question, &people);
    let target = Target {
        lifecycle: 0,
        stage: 0,
        kpi: Kpi::ConvertedWithin(1),
        value: 0.5,
        source: "plan".into(),
        day: None,
    };
    let gaps = target.gaps(&rows);
    let whole = gaps.iter().find(|gap| gap.period.is_none()).expect("a gap");
    assert_eq!((whole.actual, whole.gap, whole.customers), (0.25, 0.25, 4));
    assert_eq!(whole.money, Some(i128::from(50 * ONE)));
    assert_eq!(whole.formula.as_deref(), Some("0.2500 × 4 × 50.00 = 50.00"));
}

#[test]
fn fewer_should_lapse_and_money_is_worth_itself() {
    let mut question = question();
    question.range = Range::widened(&question.calendar, 0, day(7), day(8)).expect("days");
    let mut people = vec![Person::new(&[(day(1), 1)]).did(day(1), &[ORDER], 30 * ONE); 3];
    people.push(Person::new(&[(day(1), 1), (day(2), LAPSED)]));
    let rows = rows(&question, &people);
    let gap = |kpi, value| {
        let target = Target {
            lifecycle: 0,
            stage: 1,
            kpi,
            value,
            source: "plan".into(),
            day: None,
        };
        let gaps = target.gaps(&rows);
        let whole = gaps.into_iter().find(|gap| gap.period.is_none());
        whole.expect("a gap")
    };
    // Of four one lapses, who has brought nothing; each of the others has brought 30.
    let lapse = gap(Kpi::ConvertedWithin(LAPSED), 0.0);
    assert_eq!((lapse.actual, lapse.gap), (0.25, 0.25));
    assert_eq!(lapse.money, Some(i128::from(30 * ONE)));
    let order = gap(Kpi::AverageOrder, 40.0);
    assert_eq!((order.gap, order.customers), (10.0, 3));
    assert_eq!(order.money, Some(i128::from(30 * ONE)));
    let surpassed = gap(Kpi::Revenue, 80.0);
    assert_eq!(surpassed.money, Some(i128::from(-10 * ONE)));
}

#[test]
fn kpis_are_found_by_their_names() {
    let rows = rows(&question(), &[Person::new(&[(day(2), 1)])]);
    for kpi in Kpi::all(&rows[0]) {
        let to = match kpi {
            Kpi::ConvertedWithin(to) | Kpi::ConvertedEver(to) => Some(to),
            _ => None,
        };
        assert_eq!(Kpi::named(kpi.name(), to), Some(kpi));
    }
}

#[test]
fn rows_of_one_order_id_are_one_order() {
    let mut question = question();
    question.touches.order_id = Some(0);
    let ada = Person::new(&[(day(2), 1)])
        .text("order 7")
        .did(day(2), &[ORDER], ONE)
        .did(day(3), &[ORDER], ONE);
    let rows = rows(&question, &[ada]);
    let whole = &row(&rows, None, 1).counts;
    assert_eq!((whole.orders, whole.revenue), (1, i128::from(2 * ONE)));
}

/// The same, looked up afresh for each stage and stretch of time.
fn naive(people: &[Person], stage: u8, from_ms: i64, to_ms: i64) -> StageCounts {
    let mut counts = StageCounts::default();
    for person in people {
        let stood = |at_ms: i64| person.stage_at(at_ms - 1) == stage;
        counts.at_start += u64::from(stood(from_ms));
        counts.at_end += u64::from(stood(to_ms));
        for step in person.steps() {
            if (from_ms..to_ms).contains(&step.at_ms) {
                counts.entered += u64::from(step.to == stage);
                counts.left += u64::from(step.from == stage);
                let from = step.from == stage;
                let lapse = from && step.to == LAPSED && stage != LAPSED;
                counts.lapsed += u64::from(lapse);
                let back = from && stage == LAPSED && ![LAPSED, OUTSIDE].contains(&step.to);
                counts.recovered += u64::from(back);
            }
        }
        let all = || person.touches.iter();
        let own = || {
            all().filter(|(at, ..)| (from_ms..to_ms).contains(at) && person.stage_at(*at) == stage)
        };
        let met = |condition| own().filter(move |(_, meets, _)| meets.contains(&condition));
        let some = |condition| u64::from(met(condition).count() > 0);
        let sum = |condition| {
            met(condition)
                .map(|(.., n)| i128::from(n.unwrap_or(0)))
                .sum::<i128>()
        };
        let scores = |condition| {
            met(condition)
                .filter_map(|(.., n)| *n)
                .collect::<Vec<i64>>()
        };
        counts.active += u64::from(own().count() > 0);
        counts.buyers += some(ORDER);
        counts.orders += met(ORDER).count() as u64;
        counts.revenue += sum(ORDER);
        counts.refunds += met(REFUND).count() as u64;
        counts.refunded += sum(REFUND);
        counts.tickets += met(TICKET).count() as u64;
        counts.callers += some(TICKET);
        counts.referrals += met(REFERRAL).count() as u64;
        counts.referrers += some(REFERRAL);
        let (csat, nps) = (scores(CSAT), scores(NPS));
        counts.csat.answers += csat.len() as u64;
        counts.csat.sum += csat.iter().map(|n| i128::from(*n)).sum::<i128>();
        counts.csat.top += csat.iter().filter(|n| **n >= 4 * ONE).count() as u64;
        counts.nps_answers += nps.len() as u64;
        let promoters = nps.iter().filter(|n| **n >= 9 * ONE).count() as u64;
        counts.promoters += promoters;
        counts.detractors += nps.iter().filter(|n| **n <= 6 * ONE).count() as u64;
        counts.advocates += u64::from(promoters + some(REFERRAL) > 0);
        if stood(to_ms) {
            let until = all().filter(|(at, ..)| *at < to_ms);
            for (_, meets, number) in until {
                let value = i128::from(number.unwrap_or(0));
                counts.value_to_date += i128::from(meets.contains(&ORDER)) * value;
                counts.value_to_date -= i128::from(meets.contains(&REFUND)) * value;
            }
        }
    }
    counts
}

proptest! {
    #[test]
    fn counts_are_those_of_the_reference(
        people in people(CONDITIONS, STAGES, 8 * 4).prop_map(spread_over_days)
    ) {
        let question = question();
        let rows = rows(&question, &people);
        for row in &rows {
            let (from, to) = row.period.map_or((2, 6), |period| (period, period + 1));
            let expected = naive(&people, row.stage, day(from), day(to));
            prop_assert_eq!(&row.counts, &expected, "stage {} of {:?}", row.stage, row.period);
            let counts = &row.counts;
            prop_assert_eq!(counts.at_end, counts.at_start + counts.entered - counts.left);
            prop_assert_eq!(row.staying.stays, counts.entered);
        }
        for period in (2..6).map(Some).chain([None]) {
            let in_stages: u64 = rows.iter().filter(|row| row.period == period).map(|row| row.counts.at_end).sum();
            let end = period.map_or(6, |period| period + 1);
            let inside = people.iter().filter(|person| person.stage_at(day(end) - 1) != OUTSIDE);
            prop_assert_eq!(in_stages, inside.count() as u64);
        }
    }

    #[test]
    fn stays_end_where_the_next_move_goes(
        people in people(1, STAGES, 8 * 4).prop_map(spread_over_days)
    ) {
        let question = question();
        for row in rows(&question, &people) {
            let (from, to) = row.period.map_or((2, 6), |period| (period, period + 1));
            let mut stays = Vec::new();
            let (mut watched, mut in_time) = (0, [0; STAGES as usize]);
            for person in &people {
                for (index, &(at_ms, stage)) in person.moves.iter().enumerate() {
                    if stage != row.stage || !(day(from)..day(to)).contains(&at_ms) {
                        continue;
                    }
                    let next = person.moves.get(index + 1);
                    let end_ms = next.map_or(day(8), |next| next.0);
                    stays.push(survival::Stay { ms: end_ms - at_ms, to: next.map(|next| next.1) });
                    if at_ms + question.window_ms <= day(8) {
                        watched += 1;
                        if let Some((_, to)) = next && *to != OUTSIDE && end_ms - at_ms <= question.window_ms {
                            in_time[usize::from(*to)] += 1;
                        }
                    }
                }
            }
            let expected = survival::Survival::of(&mut stays);
            prop_assert_eq!(row.staying.median_ms, expected.quantile_ms(0.5));
            for conversion in row.conversions.iter().filter(|conversion| conversion.to != OUTSIDE) {
                prop_assert_eq!(conversion.within.people, watched);
                prop_assert_eq!(conversion.within.hits, in_time[usize::from(conversion.to)]);
            }
        }
    }

    #[test]
    fn texts_add_up_to_everybody(
        people in people(CONDITIONS, STAGES, 8 * 4).prop_map(spread_over_days)
    ) {
        let whole = rows(&question(), &people);
        let by = Kpis { by: Some(0), ..question() };
        let splits = ask(&by, usize::from(STAGES), &people);
        for (index, row) in whole.iter().enumerate() {
            let sum = |of: fn(&StageCounts) -> i128| {
                splits.iter().map(|split| of(&split.answer[index].counts)).sum::<i128>()
            };
            prop_assert_eq!(sum(|counts| i128::from(counts.at_end)), i128::from(row.counts.at_end));
            prop_assert_eq!(sum(|counts| i128::from(counts.active)), i128::from(row.counts.active));
            prop_assert_eq!(sum(|counts| counts.value_to_date), row.counts.value_to_date);
        }
    }
}

/// Instants are drawn as quarters of days, so that many fall on midnight.
pub fn spread_over_days(mut people: Vec<Person>) -> Vec<Person> {
    for person in &mut people {
        for (at_ms, ..) in &mut person.touches {
            *at_ms *= DAY_MS / 4;
        }
        for (at_ms, _) in &mut person.moves {
            *at_ms *= DAY_MS / 4;
        }
    }
    people
}
