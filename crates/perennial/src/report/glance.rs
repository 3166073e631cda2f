//! What somebody should know who reads nothing else: money, what changed, what hurts most, what to try first.

use perennial_report::{
    Business, Glance, Headline, Journey, Measure, Opportunities, Pain, Place, Regions, Unit,
    date_in_words, share_in_words,
};

use crate::demo::grouped;

/// The answers, of the sections that there are.
pub fn glance(
    revenue: Option<&(Headline, String)>,
    business: Option<&Business>,
    changes: &[String],
    journey: Option<&Journey>,
    worth: Option<&Opportunities>,
    regions: Option<&Regions>,
) -> Vec<Glance> {
    let mut answers = Vec::new();
    // Points without a stake are ranked too, but the first that costs something is what to begin with.
    let pains = journey.map_or(&[][..], |journey| &journey.pains);
    let pain = pains.iter().find(|own| own.value.value.is_some());
    if let Some(pain) = pain.or(pains.first()) {
        answers.push(hurts(pain));
    }
    answers.extend(first(worth, pain));
    answers.extend(revenue.map(|(headline, words)| Glance {
        name: headline.name.clone(),
        text: match business {
            Some(business) => format!("{words} {}", business.phase),
            None => words.clone(),
        },
        worth: headline.measure,
        worth_name: String::new(),
        more: match business {
            Some(_) => Place::Business,
            None => Place::Headlines,
        },
    }));
    answers.extend(changes.first().map(|change| Glance {
        name: "What changed most".to_owned(),
        text: change.clone(),
        worth: Measure::default(),
        worth_name: String::new(),
        more: Place::Stages,
    }));
    let difference = regions.and_then(|regions| regions.differences.first());
    answers.extend(difference.map(|own| Glance {
        name: "Which region stands out".to_owned(),
        text: format!(
            "{}, stage {}. {}: {}, of all customers {}.",
            own.region,
            own.stage,
            own.figure,
            percent(&own.here),
            percent(&own.whole),
        ),
        worth: Measure::default(),
        worth_name: String::new(),
        more: Place::Regions,
    }));
    answers
}

fn hurts(pain: &Pain) -> Glance {
    Glance {
        name: "What hurts most".to_owned(),
        text: format!(
            "{}. {} customers in stage {}: {} are hit, elsewhere {}.",
            pain.what,
            grouped(pain.customers as i64),
            pain.stage,
            percent(&pain.severity),
            percent(&pain.usual),
        ),
        worth: pain.value,
        worth_name: "at stake".to_owned(),
        more: Place::Journey,
    }
}

fn percent(share: &Measure) -> String {
    share.value.map_or("–".to_owned(), share_in_words)
}

/// What to do first: the opportunity that brings most and holds, else the pain point.
fn first(worth: Option<&Opportunities>, pain: Option<&Pain>) -> Option<Glance> {
    let name = "What to try first".to_owned();
    let best = worth.and_then(|worth| worth.opportunities.first());
    if let Some(best) = best {
        return Some(Glance {
            name,
            text: format!(
                "{}: with {}, {} customers. {} do now, where it goes better {}.",
                best.what,
                best.of_whom,
                grouped(best.customers as i64),
                percent(&best.now),
                percent(&best.better),
            ),
            worth: best.gain,
            worth_name: "it may bring".to_owned(),
            more: Place::Opportunities,
        });
    }
    let pain = pain?;
    let held = match worth {
        Some(_) => {
            " No difference between regions has held up in later customers, so there is nothing to copy."
        }
        None => "",
    };
    Some(Glance {
        name,
        text: format!("{}{held}", pain.remedy),
        worth: pain.value,
        worth_name: "at stake there".to_owned(),
        more: Place::Journey,
    })
}

/// Revenue of the last period that is over, with what it was before and in the year before, in a sentence.
pub fn revenue(periods: &[(String, f64)], has_refunds: bool) -> Option<(Headline, String)> {
    let (name, net) = periods.last()?;
    let before = periods.len().checked_sub(2).map(|place| &periods[place]);
    let year_before = periods.len().checked_sub(13).map(|place| &periods[place]);
    let against = |earlier: Option<&(String, f64)>| {
        let (name, value) = earlier.filter(|(_, value)| *value > 0.0)?;
        let by = (net / value - 1.0) * 100.0;
        let words = match format!("{:.1}", by.abs()).as_str() {
            "0.0" => "as much as".to_owned(),
            text if by > 0.0 => format!("{text}% more than"),
            text => format!("{text}% less than"),
        };
        Some(format!("{words} in {}", date_in_words(name)))
    };
    let compared: Vec<String> = [against(before), against(year_before)]
        .into_iter()
        .flatten()
        .collect();
    let words = match compared.is_empty() {
        true => "There is nothing to compare it with yet.".to_owned(),
        false => format!("That is {}.", compared.join(" and ")),
    };
    let less = if has_refunds {
        ", refunds taken off"
    } else {
        ""
    };
    let headline = Headline {
        name: format!("Revenue in {}{less}", date_in_words(name)),
        measure: Measure::new(*net, Unit::Money),
        before: Measure::new(before.map(|own| own.1), Unit::Money),
        before_name: before.map_or(String::new(), |own| format!("in {}", date_in_words(&own.0))),
        trend: periods.iter().map(|own| Some(own.1)).collect(),
    };
    Some((headline, words))
}
