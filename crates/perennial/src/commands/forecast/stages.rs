//! `forecast stages`: how many customers will be in each stage, with how earlier such forecasts went.

use perennial_forecast::stages::{Change, FACTORS, OUTSIDE, StageLedger, StageTest};
use perennial_model::Zone;
use serde_json::{Value, json};

use crate::ahead::{Ahead, Asked, GroupAhead, Known, Periods, Step};
use crate::answer::{Answer, Cell, Column, hidden, shown};
use crate::args::{ForecastPeriod, ForecastStages, ForecastStagesRows};
use crate::commands::instant;
use crate::failure::Failure;
use crate::results;

/// What new customers come from, in `--what-if`.
const NEW: &str = "new";
/// Where customers go who leave the lifecycle.
const NONE: &str = "none";

/// # Errors
/// Wrong usage, a run that cannot be read, and data that is too thin.
pub fn stages(args: &ForecastStages) -> Result<(), Failure> {
    let (results, zone) = results::open(&args.from)?;
    let until = args.until.as_deref();
    let until = until
        .map(|text| instant("--until", text, &zone))
        .transpose()?;
    let asked = Asked {
        lifecycle: args.lifecycle.as_deref(),
        // Where the run is named and the project is not, the folder that the run lies in says what is an order.
        project: args.from.out.is_none().then_some(&args.from.project),
        until,
        by: args.by.as_deref(),
    };
    let known = Known::read(&results, &zone, &asked)?;
    let changes = args.what_if.iter().map(|text| change(text, &known.stages));
    let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
    let step = match args.interval {
        ForecastPeriod::Week => Step::Week,
        ForecastPeriod::Month => Step::Month,
    };
    let periods = Periods::after(known.last_day, &zone, step, args.horizon)?;
    let ahead = Ahead::fit(&known, &periods.days)?;
    let groups = ahead.fans(&periods.days, &changes)?;
    let told = Told {
        args,
        idle: idle(&args.what_if, &changes, &known.ledger),
        ahead: &ahead,
        periods: &periods,
        zone: &zone,
    };
    let (columns, rows) = match args.rows {
        ForecastStagesRows::Stages => told.fans(&groups),
        ForecastStagesRows::Backtest => told.tests(),
    };
    let list = match args.rows {
        ForecastStagesRows::Stages => "stages",
        ForecastStagesRows::Backtest => "tests",
    };
    let answer = Answer {
        head: told.head(&results.manifest.rule_version),
        list,
        columns,
        rows,
        notes: told.notes(),
        json: None,
    };
    answer.show(&args.show)
}

/// What is told, and of what.
struct Told<'a> {
    args: &'a ForecastStages,
    /// Changes of moves that nobody has made.
    idle: Vec<&'a str>,
    ahead: &'a Ahead<'a>,
    periods: &'a Periods,
    zone: &'a Zone,
}

impl Told<'_> {
    fn date(&self, day: i32) -> String {
        self.zone.date_text(self.zone.day_start(day))
    }

    fn stage(&self, stage: u8) -> Cell {
        Cell::maybe(
            self.ahead
                .known
                .stages
                .get(usize::from(stage))
                .map(String::as_str),
        )
    }

    /// A row for each group, stage and period.
    fn fans(&self, groups: &[GroupAhead]) -> (Vec<Column>, Vec<Vec<Cell>>) {
        let has_groups = !self.ahead.known.groups.is_empty();
        let has_effects = !self.args.what_if.is_empty();
        let mut columns: Vec<Column> = ["stage", "date", "now", "customers"].map(shown).to_vec();
        columns.extend(["low_50", "high_50", "low_90", "high_90"].map(shown));
        columns.extend(["mean", "standard_error", "period", "days"].map(hidden));
        if has_groups {
            columns.insert(0, shown("by"));
        }
        if has_effects {
            columns.extend(["difference", "difference_low", "difference_high"].map(shown));
        }
        let mut rows = Vec::new();
        for group in groups {
            for (stage, fan) in group.fans.iter().enumerate() {
                for (place, point) in fan.points.iter().enumerate() {
                    let widened = self.ahead.back_test.widened;
                    let band = point.band(widened);
                    let mut row = vec![
                        self.stage(fan.stage),
                        Cell::Text(self.date(self.periods.last_days[place])),
                        Cell::Whole(fan.now as i64),
                        Cell::Whole(band.median.round() as i64),
                    ];
                    // Customers are whole: a band is told from the last number below to the first above.
                    for [low, high] in [band.half, band.most] {
                        row.push(Cell::Whole(low.floor() as i64));
                        row.push(Cell::Whole(high.ceil() as i64));
                    }
                    row.push(Cell::Fraction(point.mean));
                    row.push(Cell::Fraction(point.variance().sqrt() * widened));
                    row.push(Cell::Whole(place as i64 + 1));
                    row.push(Cell::Whole(point.days.into()));
                    if has_groups {
                        row.insert(0, Cell::maybe(group.group.as_deref()));
                    }
                    if let Some((own, [low, high])) =
                        group.effects.get(stage).and_then(|own| own.at(place))
                    {
                        row.extend([own, low, high].map(|number| Cell::Fraction(tenth(number))));
                    }
                    rows.push(row);
                }
            }
        }
        (columns, rows)
    }

    /// A row for each stage: how earlier forecasts went.
    fn tests(&self) -> (Vec<Column>, Vec<Vec<Cell>>) {
        let names = [
            "stage",
            "error",
            "error_as_now",
            "error_of_trend",
            "bias",
            "covered_90",
        ];
        let test = &self.ahead.back_test;
        let row = |name: Cell, own: &StageTest| {
            let figures = [
                own.error,
                own.error_as_now,
                own.error_of_trend,
                own.bias,
                own.covered,
            ];
            std::iter::once(name)
                .chain(figures.map(Cell::Fraction))
                .collect()
        };
        let stages = test.stages.iter().enumerate();
        let mut rows: Vec<Vec<Cell>> = stages
            .map(|(stage, own)| row(self.stage(stage as u8), own))
            .collect();
        rows.push(row(Cell::Text("(all)".to_owned()), &test.all));
        (names.map(shown).to_vec(), rows)
    }

    fn head(&self, rule_version: &str) -> Vec<(&'static str, Value)> {
        let (ahead, known) = (self.ahead, self.ahead.known);
        let arrivals = ahead.model.arrivals();
        let test = &ahead.back_test;
        let figures = |own: &StageTest| {
            json!({
                "error": own.error, "error_as_now": own.error_as_now, "error_of_trend": own.error_of_trend,
                "bias": own.bias, "covered_90": own.covered,
            })
        };
        let clocks = known.stages.iter().enumerate().map(|(stage, name)| {
            let spikes = ahead.model.spikes(stage as u8);
            json!({"stage": name, "by": ahead.clock(stage), "spikes_days": spikes})
        });
        let tested = known.stages.iter().zip(&test.stages).map(|(name, own)| {
            let mut own = figures(own);
            own["stage"] = json!(name);
            own
        });
        let origins = test.origins.iter().map(|own| self.date(own.day));
        vec![
            ("lifecycle", json!(known.lifecycle)),
            ("until", json!(known.until.to_string())),
            ("last_day", json!(self.date(known.last_day))),
            ("time_zone", json!(self.zone.name())),
            ("rule_version", json!(rule_version)),
            ("definition", json!("stages.ahead/1")),
            ("what_if", json!(self.args.what_if)),
            ("clocks", clocks.collect()),
            (
                "arrivals",
                json!({
                    "weekly": arrivals.weekly, "weight": arrivals.weight,
                    "dispersion": arrivals.dispersion, "weeks": arrivals.weeks,
                }),
            ),
            (
                "back_test",
                json!({
                    "from": origins.collect::<Vec<_>>(), "days": test.days, "widened": test.widened,
                    "covered_90_widened": test.covered_widened, "all": figures(&test.all),
                    "stages": tested.collect::<Vec<_>>(),
                }),
            ),
        ]
    }

    fn notes(&self) -> Vec<String> {
        let arrivals = self.ahead.model.arrivals();
        let level = match arrivals.weight {
            0.0 => "their mean".to_owned(),
            weight => format!(
                "a level that takes over {:.0}% of each surprise",
                100.0 * weight
            ),
        };
        let mut notes = vec![self.ahead.tested()];
        notes.push(format!(
            "New customers: {:.0} a week expected, from {} weeks ({level}), {:.1} times the spread of chance. No seasons, no weekdays.",
            arrivals.weekly, arrivals.weeks, arrivals.dispersion
        ));
        if !self.args.what_if.is_empty() {
            notes.push(
                "With the change: its move is so much faster at every moment, all others as fast as before. Differences have the 90% interval that estimates give them."
                    .to_owned(),
            );
        }
        notes.extend(self.idle.iter().map(|text| {
            format!("Nobody has made the move of \"{text}\" so far: times nothing is nothing, so it changes nothing.")
        }));
        if !self.ahead.known.groups.is_empty() {
            notes.push(
                "Groups move as all customers do, faster or slower as far as their own moves say so; the trial is of all together."
                    .to_owned(),
            );
        }
        notes.extend(self.ahead.cautions(&self.periods.days));
        notes
    }
}

/// The changes of moves that nobody has made.
fn idle<'a>(texts: &'a [String], changes: &[Change], ledger: &StageLedger) -> Vec<&'a str> {
    let both = texts.iter().zip(changes);
    let idle = both.filter(|(_, one)| !ledger.has_move(one.from, one.to));
    idle.map(|(text, _)| text.as_str()).collect()
}

/// Rounded to a tenth of a customer.
fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// Reads a change such as `first->repeat+10%`.
fn change(text: &str, stages: &[String]) -> Result<Change, Failure> {
    let wrong = |why: &str| {
        let message = format!(
            "--what-if \"{text}\": {why}; write it as \"first->repeat+10%\", with the stages {}, or {NEW} for those who come and {NONE} for leaving",
            stages.join(", ")
        );
        Failure::usage(message)
    };
    let (from, rest) = text
        .split_once("->")
        .ok_or_else(|| wrong("there is no ->"))?;
    let sign = rest
        .rfind(['+', '-'])
        .ok_or_else(|| wrong("there is no + or -"))?;
    let (to, by) = rest.split_at(sign);
    let percent = by.trim().trim_end_matches('%').trim_end().parse::<f64>();
    let percent = percent.ok().filter(|percent| percent.is_finite());
    let percent = percent.ok_or_else(|| wrong("no number of per cent follows"))?;
    let place = |name: &str, outside: &str| match name.trim() {
        own if own == outside => Ok(OUTSIDE),
        own => stages
            .iter()
            .position(|stage| stage == own)
            .map(|place| place as u8)
            .ok_or_else(|| wrong(&format!("there is no stage `{own}`"))),
    };
    let change = Change {
        from: place(from, NEW)?,
        to: place(to, NONE)?,
        factor: 1.0 + percent / 100.0,
    };
    if change.from == OUTSIDE && change.to == OUTSIDE {
        return Err(wrong("who comes has to come into a stage"));
    }
    if change.from == change.to {
        return Err(wrong("a move leads to another stage"));
    }
    match change.factor {
        less if less < 0.0 => Err(wrong("nothing can fall by more than all of it")),
        more if more > *FACTORS.end() => Err(wrong(
            "no move can be told that is more than 100 times as frequent (+9900%)",
        )),
        _ => Ok(change),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_are_written() {
        let stages = ["first", "re-order"].map(str::to_owned);
        let read = |text: &str| change(text, &stages);
        let change = |from, to, factor| Change { from, to, factor };
        assert_eq!(read("first->re-order+50%").unwrap(), change(0, 1, 1.5));
        assert_eq!(read(" first -> re-order - 25 %").ok(), None);
        assert_eq!(read("new->first-25").unwrap(), change(OUTSIDE, 0, 0.75));
        assert_eq!(
            read("re-order -> none +100%").unwrap(),
            change(1, OUTSIDE, 2.0)
        );
        for wrong in [
            "",
            "first",
            "first->x+1%",
            "first->first",
            "first->re-order-101%",
            "first->re-order+9901%",
            "first->re-order+1e300%",
            "new->none+10%",
            "a->b+NaN%",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
