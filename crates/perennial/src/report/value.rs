//! Who is still a customer and what customers are worth: the very forecast of `forecast fit` and `score`, its totals,
//! whom to look at first, and how such forecasts of earlier days have done.

use perennial_batch::results::Results;
use perennial_forecast::{Horizon, Orders, Total, Unit as Time};
use perennial_report::{
    AtRisk, ChurnBand, Glance, Measure, Place, Unit, Value, ValueTenth, ValueTotal, date_in_words,
};

use super::touches::Touches;
use super::trials::{self, ORIGINS, Trial, trials};
use crate::args::{self, OrdersFrom};
use crate::commands::forecast::base::{Asked, Base, date_of, read as read_base};
use crate::commands::forecast::choose::model_title;
use crate::commands::forecast::outlook::{Outlook, outlook};
use crate::demo::grouped;
use crate::failure::Failure;
use crate::questions::PROJECT_FILE;

/// Fewest customers who bought again that a forecast is shown for.
pub const FEWEST_REPEATERS: usize = 50;
/// How far ahead may be looked, in weeks: the most that fits into the history so often.
const HORIZONS_WEEKS: [i32; 4] = [26, 13, 8, 4];
const HORIZONS_IN_HISTORY: i32 = 4;
const WEEK_DAYS: i32 = 7;
/// Customers by the chance that they are still there, from this chance on.
const BANDS: [(f64, &str, &str); 4] = [
    (0.75, "Likely still there", "75% or more"),
    (0.5, "Rather still there", "50% to 75%"),
    (0.25, "Rather gone", "25% to 50%"),
    (0.0, "Likely gone", "below 25%"),
];
/// Customers with less than this chance are likely gone.
const LIKELY_GONE: f64 = 0.25;
/// From this part of all customers on a model has found hardly anybody leaving.
const NOBODY_LEAVES: f64 = 0.99;
/// Most customers to look at.
const MOST_FIRST: usize = 10;
/// The part of customers up to which each group of them reaches, by what they are expected to bring.
const TENTHS: [(f64, &str); 5] = [
    (0.1, "Highest tenth"),
    (0.2, "Second tenth"),
    (0.3, "Third tenth"),
    (0.5, "Fourth and fifth"),
    (1.0, "Lower half"),
];

/// A forecast of a run, ready to be told.
pub struct Told {
    base: Base,
    outlook: Outlook,
    trials: Vec<Trial>,
    weeks: i32,
    until: i32,
}

/// Reads a run's orders and forecasts; nothing where no touchpoint is an order.
///
/// # Errors
/// Why there is no forecast, for people.
pub fn told(results: &Results, project: &std::path::Path) -> Result<Told, Failure> {
    let has_project = project.join(PROJECT_FILE).is_file();
    let from = OrdersFrom {
        input: Vec::new(),
        customer: None,
        date: None,
        amount: None,
        event: None,
        summary: None,
        out: Some(results.folder().to_owned()),
        project: has_project.then(|| project.to_owned()),
        until: None,
        unit: None,
        timezone: None,
    };
    let asked = Asked {
        unit: Time::Week,
        keep_orders: true,
        until: None,
    };
    let base = read_base(&from, asked)?;
    let bought_again = base.repeaters();
    if bought_again < FEWEST_REPEATERS {
        return Err(Failure::failed(format!(
            "{} of {} customers have bought on more than one day, and a forecast needs {FEWEST_REPEATERS} of them; \
             wait for more orders, or run over a longer history",
            grouped(bought_again as i64),
            grouped(base.purchases.len() as i64)
        )));
    }
    let none = Orders::default();
    let (orders, until) = (base.orders.as_ref().unwrap_or(&none), base.about.until);
    let (Some((first, _)), Some(until)) = (orders.span(), until) else {
        return Err(Failure::failed("there are no orders"));
    };
    let most = (until - first) / WEEK_DAYS / HORIZONS_IN_HISTORY;
    let Some(weeks) = HORIZONS_WEEKS.into_iter().find(|weeks| *weeks <= most) else {
        return Err(Failure::failed(format!(
            "the orders are of {} days, and a forecast with its test needs {} weeks; wait, or run over a longer history",
            until - first + 1,
            HORIZONS_WEEKS[HORIZONS_WEEKS.len() - 1] * HORIZONS_IN_HISTORY
        )));
    };
    let horizon = Horizon::new(f64::from(weeks)).map_err(Failure::failed)?;
    let outlook = outlook(&base, horizon)?;
    Ok(Told {
        outlook,
        trials: trials(&base, horizon),
        weeks,
        until,
        base,
    })
}

/// The section, and the answer at a glance.
///
/// # Errors
/// None: what cannot be forecast is told as a refusal.
pub fn read(
    results: &Results,
    args: &args::Report,
    touches: &Touches,
) -> (Option<Value>, Option<Glance>) {
    if touches.stages.touches.order.is_none() {
        return (None, None);
    }
    match told(results, &args.from.project) {
        Ok(told) => (Some(told.value()), Some(told.glance())),
        Err(failure) => {
            let refused = Value {
                refusal: Some(failure.message),
                ..Value::default()
            };
            (Some(refused), None)
        }
    }
}

impl Told {
    fn has_money(&self) -> bool {
        !self.outlook.worths[0].is_empty()
    }

    /// What customers bring is counted in money where amounts are known, else in purchases.
    fn unit(&self) -> Unit {
        match self.has_money() {
            true => Unit::Money,
            false => Unit::Score,
        }
    }

    fn group(&self, place: usize) -> usize {
        self.outlook.scores.of[place] as usize
    }

    fn alive(&self, place: usize) -> f64 {
        self.outlook.scores.groups[self.group(place)].alive
    }

    /// What she is expected to bring.
    fn expected(&self, place: usize) -> f64 {
        match self.outlook.worths[0].get(place) {
            Some(worth) => *worth,
            None => self.outlook.scores.groups[self.group(place)].expected,
        }
    }

    /// What is lost if she is gone: what she would bring if she is there, times the chance that she is not.
    fn at_risk(&self, place: usize) -> f64 {
        let group = self.group(place);
        let score = &self.outlook.scores.groups[group];
        let mean = match self.outlook.worths[0].get(place) {
            Some(worth) if score.expected > 0.0 => worth / score.expected,
            Some(_) => 0.0,
            None => 1.0,
        };
        (1.0 - score.alive) * self.outlook.if_alive[group] * mean
    }

    fn value(&self) -> Value {
        let mut warnings = self.outlook.warnings.clone();
        if self.outlook.alive.expected >= NOBODY_LEAVES * self.base.purchases.len() as f64 {
            warnings.push(
                "the model finds hardly a sign that anybody leaves: it takes silence for a slow rhythm, so chances to be \
                 still there say little here"
                    .to_owned(),
            );
        }
        if self.trials.len() < ORIGINS as usize {
            warnings.push(format!(
                "only {} of {ORIGINS} earlier days had enough customers behind them to test the forecast on",
                self.trials.len()
            ));
        }
        Value {
            meaning: self.meaning(),
            refusal: None,
            totals: self.totals(),
            bands: self.bands(),
            tenths: self.tenths(),
            first: self.first(),
            trials: self.trials.iter().map(Trial::row).collect(),
            warnings,
        }
    }

    fn meaning(&self) -> String {
        let model = model_title(self.outlook.model.model().name());
        let chosen = match &self.outlook.choice {
            Some(choice) if choice.held_out.is_some() => {
                ", the model that forecast the last third of the history best"
            }
            _ => "",
        };
        format!(
            "What orders until {} say of the {} weeks after, by {model}{chosen}. Customers leave without a word: \
             whether one is still there is a chance, told by how often she bought and how long she is silent.",
            date_in_words(&date_of(self.until)),
            self.weeks,
        )
    }

    fn totals(&self) -> Vec<ValueTotal> {
        let all = self.base.purchases.len();
        let gone = (0..all)
            .filter(|place| self.alive(*place) < LIKELY_GONE)
            .count();
        let ahead = format!("in the next {} weeks", self.weeks);
        let total = |name: String, total: &Total, unit, note: String| ValueTotal {
            name,
            measure: measure(total, unit),
            note,
        };
        let mut totals = vec![
            ValueTotal {
                name: "Customers likely gone".to_owned(),
                measure: Measure::new(gone as f64, Unit::Customers),
                note: format!(
                    "of {} who ever ordered: the chance that they are still there is below 25%",
                    grouped(all as i64)
                ),
            },
            total(
                "Still customers".to_owned(),
                &self.outlook.alive,
                Unit::Customers,
                "the sum of everybody's chances".to_owned(),
            ),
            total(
                format!("Purchases {ahead}"),
                &self.outlook.purchases,
                Unit::Count,
                "days with an order that is kept, of customers known today".to_owned(),
            ),
        ];
        totals.extend(self.outlook.worth.as_ref().map(|worth| {
            let note = "by Gamma-Gamma, without customers to come".to_owned();
            total(format!("Value {ahead}"), worth, Unit::Money, note)
        }));
        totals
    }

    fn bands(&self) -> Vec<ChurnBand> {
        let mut bands: Vec<(u64, f64, f64)> = vec![(0, 0.0, 0.0); BANDS.len()];
        for place in 0..self.base.purchases.len() {
            let alive = self.alive(place);
            let own = BANDS.iter().position(|(from, ..)| alive >= *from);
            if let Some(band) = own.and_then(|own| bands.get_mut(own)) {
                band.0 += 1;
                band.1 += self.expected(place);
                band.2 += self.at_risk(place);
            }
        }
        let unit = self.unit();
        let band = |((_, name, chances), (customers, expected, at_risk)): (
            (f64, &str, &str),
            (u64, f64, f64),
        )| ChurnBand {
            name: name.to_owned(),
            chances: chances.to_owned(),
            customers,
            expected: Measure::new(expected, unit),
            at_risk: Measure::new(at_risk, unit),
        };
        BANDS.into_iter().zip(bands).map(band).collect()
    }

    fn tenths(&self) -> Vec<ValueTenth> {
        let mut values: Vec<f64> = (0..self.base.purchases.len())
            .map(|place| self.expected(place))
            .collect();
        values.sort_by(|a, b| b.total_cmp(a));
        let sum: f64 = values.iter().sum();
        let unit = self.unit();
        let mut from = 0;
        let mut tenths = Vec::new();
        for (part, name) in TENTHS {
            let to = ((values.len() as f64 * part).round() as usize).min(values.len());
            let own = &values[from.min(to)..to];
            from = to;
            let (Some(most), Some(least)) = (own.first(), own.last()) else {
                continue;
            };
            let together: f64 = own.iter().sum();
            tenths.push(ValueTenth {
                name: name.to_owned(),
                customers: own.len() as u64,
                each: [*least, *most].map(|value| Measure::new(value, unit)),
                together: Measure::new(together, unit),
                share: if sum > 0.0 { together / sum } else { 0.0 },
            });
        }
        tenths
    }

    fn first(&self) -> Vec<AtRisk> {
        let places = 0..self.base.purchases.len();
        let mut most: Vec<(f64, usize)> = places
            .filter(|place| self.alive(*place) >= LIKELY_GONE)
            .map(|place| (self.at_risk(place), place))
            .collect();
        most.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let unit = self.unit();
        let one = |(at_risk, place): &(f64, usize)| {
            let [_, low, high] = &self.outlook.worths;
            let group = &self.outlook.scores.groups[self.group(*place)];
            let ends = match (low.get(*place), high.get(*place)) {
                (Some(low), Some(high)) => [*low, *high],
                _ => [group.interval.low, group.interval.high],
            };
            AtRisk {
                customer: self.base.names.with(*place, str::to_owned),
                reason: self.reason(*place),
                alive: Measure::new(group.alive, Unit::Share),
                expected: Measure::within(self.expected(*place), unit, ends),
                at_risk: Measure::new(*at_risk, unit),
            }
        };
        most.iter().take(MOST_FIRST).map(one).collect()
    }

    /// Why a customer may be gone: her rhythm and her silence.
    fn reason(&self, place: usize) -> String {
        let one = &self.base.purchases[place];
        let days = |weeks: f64| (weeks * f64::from(WEEK_DAYS)).round();
        let silent = days(one.age() - one.t_x());
        let silent = match silent {
            0.0 => "bought on the last day".to_owned(),
            1.0 => "silent for 1 day".to_owned(),
            silent => format!("silent for {silent} days"),
        };
        match one.x() {
            0 => format!("bought once, {silent}"),
            x => format!(
                "bought {} times, every {} days, {silent}",
                x + 1,
                days(one.t_x() / f64::from(x))
            ),
        }
    }

    fn glance(&self) -> Glance {
        let all = self.base.purchases.len();
        let gone = (0..all)
            .filter(|place| self.alive(*place) < LIKELY_GONE)
            .count();
        let (total, unit) = match &self.outlook.worth {
            Some(worth) => (worth, Unit::Money),
            None => (&self.outlook.purchases, Unit::Count),
        };
        Glance {
            name: "What customers will bring, and who is leaving".to_owned(),
            text: format!(
                "{} of {} customers who ever ordered are likely gone. {}",
                grouped(gone as i64),
                grouped(all as i64),
                self.test()
            ),
            worth: Measure::new(total.expected, unit),
            worth_name: match unit {
                Unit::Money => format!("expected in the next {} weeks", self.weeks),
                _ => format!("purchases expected in the next {} weeks", self.weeks),
            },
            more: Place::Value,
        }
    }

    /// How earlier forecasts have done, in a sentence.
    fn test(&self) -> String {
        let off = self.trials.iter().filter_map(|one| one.figures.bias);
        let most = off.map(f64::abs).fold(None, |most: Option<f64>, off| {
            Some(most.map_or(off, |most| most.max(off)))
        });
        match most {
            Some(most) => format!(
                "{} forecasts of earlier days were off by at most {:.0}% in all.",
                self.trials.len(),
                most * 100.0
            ),
            None => "There is no earlier day to test such a forecast on yet.".to_owned(),
        }
    }

    /// Sentences for the terminal: what is expected, and how such forecasts have done.
    pub fn sentences(&self) -> Vec<String> {
        let range = |total: &Total| match measure(total, Unit::Count).interval {
            Some([low, high]) => format!(
                "{} (90 of 100 cases: {} to {})",
                grouped(total.expected.round() as i64),
                grouped(low.round() as i64),
                grouped(high.round() as i64)
            ),
            None => grouped(total.expected.round() as i64),
        };
        let all = self.base.purchases.len();
        let gone = (0..all)
            .filter(|place| self.alive(*place) < LIKELY_GONE)
            .count();
        let worth = match &self.outlook.worth {
            Some(worth) => format!(" worth {} EUR", range(worth)),
            None => String::new(),
        };
        let ahead = format!(
            "{} of {} customers who ordered are likely gone. In the next {} weeks {} purchases are to be expected{worth}.",
            grouped(gone as i64),
            grouped(all as i64),
            self.weeks,
            range(&self.outlook.purchases),
        );
        let mut told = vec![ahead];
        told.extend(trials::sentence(&self.trials));
        told
    }
}

/// A total with the range that it lies in, where that has an end.
pub fn measure(total: &Total, unit: Unit) -> Measure {
    let ends = total.interval;
    Measure {
        value: Some(total.expected),
        unit,
        interval: (ends.high < f64::MAX).then_some([ends.low, ends.high]),
    }
}
