//! Made-up calls of a shop in the order of arrival: aliases, devices, partings, late and repeated calls.

use perennial_model::Time;
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z.
pub const START_MS: i64 = 1_767_225_600_000;
pub const DAY_MS: i64 = 86_400_000;

/// A small seeded source of choices.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Whether one chance in so many came.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// Files of a project that uses most of the language.
pub fn project() -> Vec<(String, String)> {
    let workspace = "name: shop\ntime_zone: Europe/Paris\ncurrency: EUR\n";
    let lifecycles = "
lifecycles:
  - lifecycle: retail
    policy: { by_hand: 20d }
    stages:
      - { name: visitor, enter: { from: none } }
      - { name: lead, enter: { from: visitor, on: [identified, added_to_cart, logged_in] } }
      - { name: first, enter: { from: [visitor, lead], on: ordered } }
      - { name: repeat, enter: [ { from: first, on: ordered }, { from: lapsed, on: ordered } ] }
      - { name: loyal, enter: { from: [repeat, lapsed], on: ordered, when: count(ordered) >= 5 } }
      - name: lapsed
        enter:
          - { from: [first, repeat, loyal], when: since(ordered) >= days(9) }
          - { from: [first, repeat, loyal], when: churn_risk >= 0.8, cause: at_risk }
  - lifecycle: activity
    stages:
      - { name: cold, when: 'count(*, days(7)) = 0' }
      - { name: warm, when: 'count(*, days(7)) > 0' }
      - { name: hot, when: 'count(*, days(2)) >= 4' }
";
    let segments = "
big: sum(ordered.value, days(30)) >= 100
french: country = 'FR'
returned: count(refunded) > 0 and sum(ordered.value) < 200
warm_lead: stage('retail') = 'lead' and time_in_stage('retail') < days(3)
looks: count(viewed, days(5)) >= 3
paid: plan = 'pro'
leaving: p_alive < 0.4
worth_it: clv > 20 and country is not null
unscored: p_alive is null and count(ordered) > 0
";
    [
        ("perennial.yaml", format!("{workspace}{lifecycles}")),
        ("segments.yaml", segments.to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .to_vec()
}

/// One call, as a line of the log without its time of arrival, and when it happens.
#[derive(Clone, Debug)]
pub struct Made {
    pub at_ms: i64,
    pub text: String,
}

/// Makes a call around an instant.
pub fn call(dice: &mut Dice, number: u64, now_ms: i64, people: u64) -> Made {
    let person = dice.below(people);
    let at_ms = match dice.below(12) {
        0 => now_ms - dice.below(20 * DAY_MS as u64) as i64,
        1 => now_ms + dice.below(2 * DAY_MS as u64) as i64,
        // Some calls share an instant.
        2 => now_ms - now_ms % 60_000,
        _ => now_ms - dice.below(3_000) as i64,
    };
    let user = format!(
        "u{person}{}",
        ["", "-b", "-c"][(dice.below(20) / 9) as usize]
    );
    let device = format!(
        "d{}-{}",
        if dice.one_in(12) { person / 2 } else { person },
        dice.below(2)
    );
    let knows_user = !dice.one_in(3);
    let message = match dice.one_in(2) {
        true => format!("m-{number}"),
        false => format!("{:08x}-0000-4000-8000-{:012x}", dice.below(1 << 32), number),
    };
    let mut text = format!(
        "{{\"messageId\":\"{message}\",\"timestamp\":\"{}\"",
        Time(at_ms)
    );
    let mut ids = String::new();
    if knows_user {
        ids.push_str(&format!(",\"userId\":\"{user}\""));
    }
    if !knows_user || dice.one_in(2) {
        let device = if dice.one_in(60) { "null" } else { &device };
        ids.push_str(&format!(",\"anonymousId\":\"{device}\""));
    }
    let other = format!(
        "u{}{}",
        dice.below(people),
        ["", "-b"][dice.below(2) as usize]
    );
    let body = match dice.below(24) {
        0..=7 => r#","type":"track","event":"Product Viewed","properties":{"product_id":"p1"}"#.to_owned(),
        8..=12 => format!(
            ",\"type\":\"track\",\"event\":\"Order Completed\",\"properties\":{{\"{}\":{}.{:02}}}",
            ["total", "revenue", "amount"][dice.below(3) as usize],
            dice.below(80),
            dice.below(100)
        ),
        13 => format!(
            ",\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{{\"total\":-{}}}",
            dice.below(30)
        ),
        14 | 15 => format!(
            ",\"type\":\"identify\",\"traits\":{{\"country\":\"{}\",\"plan\":\"{}\",\"age\":{}}}",
            ["FR", "DE"][dice.below(2) as usize],
            ["pro", "free"][dice.below(2) as usize],
            dice.below(90)
        ),
        16 => r#","type":"page","name":"Home""#.to_owned(),
        17 if knows_user => format!(",\"type\":\"alias\",\"previousId\":\"{other}\""),
        18 if knows_user && dice.one_in(2) => format!(
            ",\"type\":\"track\",\"event\":\"Identity Unlinked\",\"previousId\":\"{other}\""
        ),
        19 if knows_user && dice.one_in(3) => {
            r#","type":"track","event":"Stage Set","properties":{"lifecycle":"retail","stage":"loyal"}"#
                .to_owned()
        }
        20 => r#","type":"track","event":"Something Else""#.to_owned(),
        _ => r#","type":"track","event":"Product Added""#.to_owned(),
    };
    text.push_str(&ids);
    text.push_str(&body);
    Made { at_ms, text }
}

/// Makes a call, or scores of a forecast in one of eight: they may name several identifiers and join none.
pub fn call_or_scores(dice: &mut Dice, number: u64, now_ms: i64, people: u64) -> Made {
    let made = call(dice, number, now_ms, people);
    if !dice.one_in(8) {
        return made;
    }
    let at_ms = match dice.one_in(3) {
        // At the instant of other calls.
        true => now_ms - now_ms % 60_000,
        false => made.at_ms,
    };
    let user = format!(
        "u{}{}",
        dice.below(people),
        ["", "-b"][dice.below(2) as usize]
    );
    let ids = match dice.below(4) {
        0 => format!("\"anonymousId\":\"d{}-0\"", dice.below(people)),
        1 => format!(
            "\"userId\":\"{user}\",\"anonymousId\":\"d{}-1\",\"previousId\":\"u0\"",
            dice.below(people)
        ),
        _ => format!("\"userId\":\"{user}\""),
    };
    let text = format!(
        "{{\"type\":\"track\",\"event\":\"{}\",\"messageId\":\"{}score-{number}\",\"timestamp\":\"{}\",{ids},\"traits\":{}",
        ["Customer Scored", "customer_scored"][dice.below(2) as usize],
        ["!", "z"][dice.below(2) as usize],
        Time(at_ms),
        scores(dice)
    );
    Made { at_ms, text }
}

/// Scores of the same customer and the same instant as some that were made, which say something else.
pub fn corrected(dice: &mut Dice, made: &Made, number: u64) -> Option<Made> {
    let mut call: Value = serde_json::from_str(&format!("{}}}", made.text)).expect("a call");
    if !call["messageId"].as_str()?.contains("score-") {
        return None;
    }
    call["messageId"] = json!(format!(
        "{}score-{number}",
        ["!", "z"][dice.below(2) as usize]
    ));
    call["traits"] = serde_json::from_str(&scores(dice)).expect("scores");
    let text = call.to_string();
    Some(Made {
        at_ms: made.at_ms,
        text: text.strip_suffix('}')?.to_owned(),
    })
}

/// What a forecast may say: all of it, some of it, nothing any more, and traits that are none of its business.
fn scores(dice: &mut Dice) -> String {
    let share = |dice: &mut Dice| format!("0.{:03}", dice.below(1_000));
    match dice.below(5) {
        0 => "{\"p_alive\":null}".to_owned(),
        1 => format!("{{\"p_alive\":{},\"country\":\"IT\"}}", share(dice)),
        2 => format!(
            "{{\"churn_risk\":\"{}\",\"clv\":{}}}",
            share(dice),
            dice.below(60)
        ),
        _ => format!(
            "{{\"p_alive\":{},\"churn_risk\":{},\"clv\":{}.5,\"expected_next\":{},\"forecast_model\":\"m{}\"}}",
            share(dice),
            share(dice),
            dice.below(60),
            share(dice),
            dice.below(3)
        ),
    }
}

/// A call as it is written to the log.
pub fn line(call: &Made, received_ms: i64) -> String {
    format!("{},\"receivedAt\":\"{}\"}}", call.text, Time(received_ms))
}
