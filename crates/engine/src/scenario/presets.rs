//! Two presets against a second body of the same rules, written out by hand.

use super::Scenario;
use super::suite::{project, root};

/// Days between an order and the time-out.
const TIME_OUT: u64 = 90;

/// The events of the random histories; some mean nothing to the machine.
const EVENTS: [&str; 12] = [
    "event page_view",
    "event search",
    "event identify",
    "event add_to_cart",
    "event email_click",
    "event order amount=10",
    "event order amount=20",
    "event refund amount=10",
    "event referral",
    "event review score=4",
    "event review score=3",
    "event nps score=9",
];

/// The retail machine by hand: what one customer's events, in order, make of her by the end of a day.
#[derive(Default)]
struct Retail {
    stage: Option<&'static str>,
    orders: u32,
    last: u64,
    moves: Vec<String>,
}

impl Retail {
    fn go(&mut self, day: u64, stage: &'static str) {
        self.stage = Some(stage);
        self.moves.push(format!("{day} {stage}"));
    }

    /// Lets time pass up to a day, whose own events come before a time-out on it.
    fn pass(&mut self, day: u64) {
        let out = self.last + TIME_OUT;
        if out < day && matches!(self.stage, Some("first" | "repeat" | "loyal")) {
            self.go(out, "lapsed");
        }
    }

    fn event(&mut self, day: u64, event: &str) {
        self.pass(day);
        if self.stage.is_none() {
            self.go(day, "visitor");
        }
        let stage = self.stage.unwrap_or_default();
        match event.split(' ').nth(1).unwrap_or_default() {
            "order" => {
                self.orders += 1;
                self.last = day;
                match stage {
                    "visitor" | "lead" => self.go(day, "first"),
                    "first" => self.go(day, "repeat"),
                    "repeat" | "lapsed" if self.orders >= 5 => self.go(day, "loyal"),
                    "lapsed" => self.go(day, "repeat"),
                    _ => {}
                }
            }
            "identify" | "add_to_cart" | "email_click" if stage == "visitor" => {
                self.go(day, "lead")
            }
            "referral" | "review" | "nps" if stage == "repeat" && !event.ends_with("=3") => {
                self.go(day, "loyal");
            }
            _ => {}
        }
    }
}

#[test]
fn retail_is_the_machine_by_hand() {
    let project = project(&root().join("presets/retail.yaml"));
    let mut random = 7_u64;
    let mut draw = |below: u64| {
        // The constants of Knuth's linear congruential generator; its upper bits are good enough.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for _ in 0..300 {
        let (mut text, mut day, mut retail) = (String::new(), 0, Retail::default());
        for _ in 0..12 {
            // Many on one day, many exactly at the time-out.
            day += [0, 0, 1, 30, TIME_OUT - 1, TIME_OUT, TIME_OUT + 1][draw(7) as usize];
            let event = EVENTS[draw(EVENTS.len() as u64) as usize];
            text += &format!("day {day} ada {event}\n");
            retail.event(day, event);
        }
        text += &format!("day {} ada (silence)\n", day + 200);
        retail.pass(day + 201);
        let report = Scenario::parse(&text, &project)
            .expect("sound")
            .run(&project);
        let got: Vec<String> = report.lines.iter().map(|line| line.got.clone()).collect();
        let stages: Vec<&str> = got
            .iter()
            .flat_map(|got| got.split(", "))
            .filter_map(|one| one.strip_prefix("retail: "))
            .map(|one| one.split(' ').next().unwrap_or_default())
            .collect();
        let by_hand: Vec<&str> = retail
            .moves
            .iter()
            .filter_map(|one| one.split(' ').nth(1))
            .collect();
        assert_eq!(stages, by_hand, "\n{text}");
        let lapses = got
            .iter()
            .flat_map(|got| got.split(", "))
            .filter_map(|one| {
                let at = one.strip_prefix("retail: lapsed @ day ")?;
                Some(format!(
                    "{} lapsed",
                    at.split(' ').next().unwrap_or_default()
                ))
            });
        for lapse in lapses {
            assert!(retail.moves.contains(&lapse), "{lapse}\n{text}");
        }
    }
}

/// The eleven segments in the words of their table: the first that holds, `fm` half of f and m rounded down.
fn segment(r: u32, f: u32, m: u32) -> &'static str {
    match (r, (f + m) / 2) {
        (5, 4..) => "champions",
        (3.., 4..) => "loyal_customers",
        (1, 4..) => "cannot_lose_them",
        (..=2, 3..) => "at_risk",
        (5, 1) => "new_customers",
        (4, 1) => "promising",
        (4.., _) => "potential_loyalists",
        (3, 3) => "need_attention",
        (3, _) => "about_to_sleep",
        (2, _) => "hibernating",
        _ => "lost",
    }
}

#[test]
fn rfm_is_its_table_for_every_score() {
    let project = project(&root().join("presets/rfm.yaml"));
    let mut text =
        "thresholds day 9 recency=2,3,4,5 frequency=2,3,4,5 monetary=20,30,40,50\n".to_owned();
    let mut expected = Vec::new();
    for score in 0..125 {
        let (r, f, m) = (score / 25 + 1, score / 5 % 5 + 1, score % 5 + 1);
        for order in 1..=f {
            let value = if order == 1 { 10 * m } else { 0 };
            text += &format!("day {r} c{score} ordered value={value}\n");
        }
        text += &format!("day 9 c{score} (silence)\n");
        expected.push(format!("rfm: {}", segment(r, f, m)));
    }
    let report = Scenario::parse(&text, &project)
        .expect("sound")
        .run(&project);
    let got: Vec<String> = report.lines.into_iter().map(|line| line.got).collect();
    let scored: Vec<String> = got.into_iter().filter(|got| got != "(nothing)").collect();
    assert_eq!(scored, expected);
}
