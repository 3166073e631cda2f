//! The project's targets and benchmarks as `kpis` lists them: what figures are, what is missing, and its worth.

use perennial_analytics::kpis::Gap;
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use super::kpis::number;
use crate::args::Kpis;
use crate::failure::Failure;
use crate::questions::{
    COUNTRY, Distance, Held, Question, Reply, StageQuestion, interval, kind_name,
};

/// The rows; those that people see in the table are true.
const FIELDS: [(&str, bool); 20] = [
    ("kind", true),
    ("lifecycle", false),
    ("stage", true),
    ("kpi", true),
    ("to", true),
    ("segment", true),
    ("country", true),
    ("period", true),
    ("within_days", false),
    ("value", true),
    ("actual", true),
    ("gap", true),
    ("reached", true),
    ("customers", true),
    ("value_each", false),
    ("money", true),
    ("money_minor", false),
    ("formula", false),
    ("source", true),
    ("date", false),
];
/// Where rows say whether a yardstick is reached.
const REACHED: &str = "reached";
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

/// What a question of KPIs holds figures against.
pub struct Targets {
    held: Vec<Held>,
    /// The column of countries.
    countries: Option<usize>,
    notes: Vec<String>,
}

impl Targets {
    /// Finds them, and has read what they need.
    ///
    /// # Errors
    /// A run whose segments cannot be read.
    pub fn prepare(question: &mut Question, staged: &StageQuestion) -> Result<Self, Failure> {
        let (mut held, mut notes) = question.held(staged)?;
        let mut countries = None;
        if held.iter().any(|own| own.yardstick.country.is_some()) {
            match staged.columns.iter().any(|column| column == COUNTRY) {
                true => countries = Some(question.text(COUNTRY)),
                false => {
                    held.retain(|own| own.yardstick.country.is_none());
                    notes.push(format!(
                        "targets of a country are left out: touches of the run have no column `{COUNTRY}`"
                    ));
                }
            }
        }
        Ok(Self {
            held,
            countries,
            notes,
        })
    }

    /// A row for each, and each period.
    ///
    /// # Errors
    /// More periods than a question has.
    pub fn reply(
        &self,
        args: &Kpis,
        question: &Question,
        staged: &StageQuestion,
        trails: &Trails,
        by: Option<usize>,
    ) -> Result<Reply, Failure> {
        let mut reply = Reply::new("targets", &FIELDS).by(by);
        let length = args.interval.map(interval);
        let columns = (by, self.countries);
        for own in staged.distances(question, trails, &self.held, length, columns)? {
            reply.row(own.by.as_deref(), self.row(&own, question, staged));
        }
        Ok(reply)
    }

    /// What is to be said of them besides.
    pub fn notes(&self, told: &Reply) -> Vec<String> {
        let mut notes = self.notes.clone();
        let place = told.fields.iter().position(|(name, _)| *name == REACHED);
        if let Some(place) = place.filter(|_| !told.rows.is_empty()) {
            let known = told.rows.iter().filter(|row| !row[place].is_null());
            let reached = told.rows.iter().filter(|row| row[place] == "yes").count();
            notes.push(format!(
                "of targets and benchmarks {reached} of {} are reached: --rows targets",
                known.count()
            ));
        }
        notes
    }

    fn row(&self, own: &Distance, question: &Question, staged: &StageQuestion) -> Vec<Value> {
        let yardstick = &self.held[own.held].yardstick;
        let gap = own.gap.as_ref();
        let within = yardstick.within.map(|within| within.ms());
        let within = within.unwrap_or(staged.window_ms) as f64 / DAY_MS;
        let money = |money: Option<i128>| money.map_or(Value::Null, number);
        let reached = |gap: &Gap| if gap.gap <= 0.0 { "yes" } else { "no" };
        vec![
            json!(kind_name(yardstick.kind)),
            json!(yardstick.lifecycle),
            json!(yardstick.stage),
            json!(yardstick.kpi),
            json!(yardstick.to),
            json!(yardstick.segment),
            json!(yardstick.country),
            json!(own.period),
            json!((yardstick.kpi == "converted_within").then_some(within)),
            json!(yardstick.value.to_float()),
            json!(gap.map(|gap| gap.actual)),
            json!(gap.map(|gap| gap.gap)),
            json!(gap.map(reached)),
            json!(gap.map(|gap| gap.customers)),
            money(gap.and_then(|gap| gap.value_per_head)),
            money(gap.and_then(|gap| gap.money)),
            question.minor(gap.and_then(|gap| gap.money)),
            json!(gap.and_then(|gap| gap.formula.clone())),
            json!(yardstick.source),
            json!(yardstick.date),
        ]
    }
}
