//! Reads yardsticks, from `kpis.yaml` or `kpis:`.

use super::Draft;
use super::fields::{Fields, number, words};
use super::names::Names;
use crate::Diagnostic;
use crate::project::syntax::limit::ITEMS;
use crate::project::syntax::scalar::{Scalar, did_you_mean, quoted};
use crate::project::syntax::{Section, Setting, Type};
use crate::project::yardstick::{Per, Scale, YARDSTICK_KPIS, Yardstick, YardstickKind};
use crate::yaml::Node;

/// Millionths in one.
const ONE: i64 = 1_000_000;

/// `kpis.yaml`.
pub static KPIS: Section = Section {
    name: "kpis",
    noun: "`kpis`",
    doc: "What the figures of stages are held against: targets of your own, and benchmarks of others.",
    settings: &[
        Setting::optional(
            "targets",
            Type::List(&Type::Section(&TARGET), ITEMS),
            "[{ stage: lead, kpi: converted_within, value: 0.12 }]",
            "What the figures of stages should be.",
        ),
        Setting::optional(
            "benchmarks",
            Type::List(&Type::Section(&BENCHMARK), ITEMS),
            "[{ stage: lead, kpi: converted_within, value: 0.1, source: \"Our sister shop, annual report\", date: 2024 }]",
            "What others have found them to be: each with its source and date, since none is known without.",
        ),
    ],
};

const LIFECYCLE: Setting = Setting::optional(
    "lifecycle",
    Type::NAME,
    "retail",
    "The lifecycle. Default: the first.",
);
const STAGE: Setting = Setting::required("stage", Type::NAME, "lead", "The stage.");
const KPI: Setting = Setting::required(
    "kpi",
    Type::one_of(KPI_WORDS),
    "converted_within",
    "The figure, as the command `kpis` calls it.",
);
const TO: Setting = Setting::optional(
    "to",
    Type::NAME,
    "repeat",
    "Of `converted_within` and `converted_ever`: the stage they go to next. Default: the stage after.",
);
const WITHIN: Setting = Setting::optional(
    "within",
    Type::Scalar(Scalar::Positive),
    "14d",
    "Of `converted_within`: within how long. Default: what is asked for (`--window`).",
);
const PER: Setting = Setting::optional(
    "per",
    Type::one_of(PER_WORDS),
    "week",
    "The length of time that the figure is about; range: whatever is asked for. Default: month for what grows with time (retention and lapse, entries, orders, money, shares of active customers), else range.",
);
const VALUE: Setting = Setting::required(
    "value",
    Type::Scalar(Scalar::Number),
    "0.12",
    "Its value: shares from 0 to 1, money in units of the currency.",
);
const SEGMENT: Setting = Setting::optional(
    "segment",
    Type::NAME,
    "vip",
    "The segment that it is for. Default: everybody.",
);
const COUNTRY: Setting = Setting::optional(
    "country",
    Type::TEXT,
    "DE",
    "The country that it is for, by code or English name, as the property or trait `country` has it. Default: everywhere.",
);

/// An item of `targets`.
pub static TARGET: Section = Section {
    name: "target",
    noun: "a target",
    doc: "What a figure of a stage should be.",
    settings: &[
        LIFECYCLE,
        STAGE,
        KPI,
        TO,
        WITHIN,
        PER,
        VALUE,
        SEGMENT,
        COUNTRY,
        Setting::optional(
            "source",
            Type::TEXT,
            "Plan for next year",
            "Who says so, for people.",
        ),
        Setting::optional(
            "date",
            Type::Scalar(Scalar::Date),
            "2024-06-30",
            "As of when: a year, a month or a day.",
        ),
    ],
};

/// An item of `benchmarks`.
pub static BENCHMARK: Section = Section {
    name: "benchmark",
    noun: "a benchmark",
    doc: "What others have found a figure of a stage to be, and who found it when.",
    settings: &[
        LIFECYCLE,
        STAGE,
        KPI,
        TO,
        WITHIN,
        PER,
        VALUE,
        SEGMENT,
        COUNTRY,
        Setting::required(
            "source",
            Type::TEXT,
            "\"Our sister shop, annual report\"",
            "Who found it, so that it can be looked up.",
        ),
        Setting::required(
            "date",
            Type::Scalar(Scalar::Date),
            "2024",
            "As of when: a year, a month or a day.",
        ),
    ],
};

const KPI_WORDS: &[&str] = &kpi_words();

const fn kpi_words() -> [&'static str; YARDSTICK_KPIS.len()] {
    let mut words = [""; YARDSTICK_KPIS.len()];
    let mut number = 0;
    while number < words.len() {
        words[number] = YARDSTICK_KPIS[number].0;
        number += 1;
    }
    words
}

/// The words for them.
const PERS: [(&str, Per); 4] = [
    ("day", Per::Day),
    ("week", Per::Week),
    ("month", Per::Month),
    ("range", Per::Range),
];
const PER_WORDS: &[&str] = &words(&PERS);

/// All yardsticks in the order written, targets first.
pub fn read(draft: &Draft<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Vec<Yardstick> {
    let mut all = Vec::new();
    for (key, kind, section) in [
        ("targets", YardstickKind::Target, &TARGET),
        ("benchmarks", YardstickKind::Benchmark, &BENCHMARK),
    ] {
        for node in &draft.kpis {
            let items = Fields::new(&KPIS, Some(node)).get(key).map(Node::items);
            for item in items.unwrap_or_default() {
                let fields = Fields::new(section, Some(item));
                let reader = Reader { fields, names, out };
                all.extend(reader.yardstick(kind, item));
            }
        }
    }
    all
}

struct Reader<'r, 'n, 'o> {
    fields: Fields<'n>,
    names: &'r Names<'n>,
    out: &'o mut Vec<Diagnostic>,
}

impl Reader<'_, '_, '_> {
    /// `None` where something is missing, which has been complained about.
    fn yardstick(mut self, kind: YardstickKind, node: &Node) -> Option<Yardstick> {
        let fields = self.fields;
        let kpi = fields.text("kpi");
        let known = YARDSTICK_KPIS
            .iter()
            .find(|(name, ..)| Some(*name) == kpi)?;
        let (kpi, scale, grows) = *known;
        self.only_of_conversions(kpi);
        self.value(kpi, scale);
        self.segment();
        let stages = self.lifecycle()?;
        let place = self.stage("stage", &stages)?;
        let to = self.to(kpi, &stages, place)?;
        Some(Yardstick {
            kind,
            lifecycle: stages.lifecycle,
            stage: stages.stages[place].clone(),
            kpi,
            to: to.map(|to| stages.stages[to].clone()),
            within: fields.duration("within"),
            per: fields.word("per", &PERS).unwrap_or(match grows {
                true => Per::Month,
                false => Per::Range,
            }),
            value: fields.get("value").and_then(number)?,
            segment: fields.owned("segment"),
            country: fields.owned("country"),
            source: fields.owned("source"),
            date: fields.owned("date"),
            span: node.span.clone(),
        })
    }

    fn only_of_conversions(&mut self, kpi: &str) {
        let goes = |key: &str| match key {
            "within" => kpi == "converted_within",
            _ => kpi.starts_with("converted_"),
        };
        for key in ["to", "within"] {
            if let Some(node) = self.fields.get(key).filter(|_| !goes(key)) {
                let message = format!("`{key}` means nothing for `{kpi}`");
                let of = match key {
                    "within" => "`converted_within`",
                    _ => "`converted_within` and `converted_ever`",
                };
                let complaint = Diagnostic::error("E0112", node.span.clone(), message, "too much");
                self.out
                    .push(complaint.help(format!("remove it: it goes with {of} only")));
            }
        }
    }

    fn value(&mut self, kpi: &str, scale: Scale) {
        let Some(node) = self.fields.get("value") else {
            return;
        };
        let Some(value) = number(node) else { return };
        let (least, most) = scale.ends();
        let most = most.map_or(i64::MAX, |most| most * ONE);
        let fits = (least * ONE..=most).contains(&value.millionths());
        if !fits {
            let message = format!("`{kpi}` cannot be this");
            let complaint = Diagnostic::error("E0105", node.span.clone(), message, "out of range");
            self.out
                .push(complaint.help(format!("it is {}", scale.noun())));
        }
    }

    fn segment(&mut self) {
        let Some(node) = self.fields.get("segment") else {
            return;
        };
        let name = node.text().unwrap_or_default();
        let known = &self.names.defined.segments;
        if !known.iter().any(|own| own == name) {
            self.unknown(node, "segment", name, known);
        }
    }

    fn lifecycle(&mut self) -> Option<Stages> {
        let lifecycles = &self.names.defined.lifecycles;
        let node = self.fields.get("lifecycle");
        let found = match node.and_then(Node::text) {
            None => lifecycles.first(),
            Some(name) => lifecycles.iter().find(|own| own.name == name),
        };
        if let (None, Some(node)) = (found, node) {
            let known: Vec<String> = lifecycles.iter().map(|own| own.name.clone()).collect();
            self.unknown(node, "lifecycle", node.text().unwrap_or_default(), &known);
        } else if let (None, Some(node)) = (found, self.fields.get("stage")) {
            self.unknown(node, "stage", node.text().unwrap_or_default(), &[]);
        }
        let found = found?;
        Some(Stages {
            lifecycle: found.name.clone(),
            stages: found.stages.clone(),
        })
    }

    /// The place of the stage that a key names.
    fn stage(&mut self, key: &str, stages: &Stages) -> Option<usize> {
        let node = self.fields.get(key)?;
        let name = node.text()?;
        let place = stages.stages.iter().position(|own| own == name);
        if place.is_none() && self.names.complete {
            let known: Vec<&str> = stages.stages.iter().map(String::as_str).collect();
            let help = did_you_mean(name, known.iter().copied());
            let help = help.unwrap_or_else(|| format!("the stages are {}", quoted(&known)));
            let message = format!("the lifecycle `{}` has no stage `{name}`", stages.lifecycle);
            let complaint = Diagnostic::error("E0121", node.span.clone(), message, "no such stage");
            self.out.push(complaint.help(help));
        }
        place
    }

    /// Where customers are to go: of conversions a stage, by its place.
    fn to(&mut self, kpi: &str, stages: &Stages, from: usize) -> Option<Option<usize>> {
        if !kpi.starts_with("converted_") {
            return Some(None);
        }
        let node = self.fields.get("to").or(self.fields.get("stage"))?;
        let to = match self.fields.get("to") {
            Some(_) => self.stage("to", stages)?,
            None => from + 1,
        };
        if to != from && to < stages.stages.len() {
            return Some(Some(to));
        }
        let (message, label) = match to == from {
            true => ("customers do not go from a stage to itself", "the same"),
            false => ("no stage comes after this one", "the last stage"),
        };
        let complaint = Diagnostic::error("E0121", node.span.clone(), message, label);
        self.out
            .push(complaint.help("name the stage that they go to: `to: STAGE`"));
        None
    }

    fn unknown(&mut self, node: &Node, noun: &str, name: &str, known: &[String]) {
        if !self.names.complete {
            return;
        }
        let message = format!("there is no {noun} `{name}`");
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = did_you_mean(name, known.iter().copied());
        let help = help.unwrap_or_else(|| match known.is_empty() {
            true => format!("the project has no {noun}s"),
            false => format!("the {noun}s are {}", quoted(&known)),
        });
        let complaint = Diagnostic::error("E0128", node.span.clone(), message, "not defined");
        self.out.push(complaint.help(help));
    }
}

/// The stages of a lifecycle.
struct Stages {
    lifecycle: String,
    stages: Vec<String>,
}
