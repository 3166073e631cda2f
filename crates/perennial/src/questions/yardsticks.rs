//! What figures of stages are held against: the project's targets and benchmarks, and how far a run is from them.

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::kpis::{Gap, Kpi, Kpis, StageKpis, Target};
use perennial_analytics::regions::country;
use perennial_analytics::{NO_TEXT, Split, Trail};
use perennial_batch::trails::Trails;
use perennial_model::{Time, Zone};
use perennial_rules::project::{Per, Yardstick, YardstickKind};

use super::{Members, Question, StageQuestion};
use crate::failure::Failure;

/// The column of countries.
pub const COUNTRY: &str = "country";
/// What a target is called that names no source.
const OWN: &str = "the target";

/// A yardstick that a run can be held against.
#[derive(Clone)]
pub struct Held {
    /// As the project has it.
    pub yardstick: Yardstick,
    /// The same by numbers.
    pub target: Target,
    /// The members of its segment.
    members: Option<Members>,
}

/// A yardstick and what the figure is, in a period or the whole range.
pub struct Distance {
    /// Which yardstick, by its place.
    pub held: usize,
    /// The customers, where answers are told apart.
    pub by: Option<String>,
    /// The period, where it is about one.
    pub period: Option<String>,
    /// How far it is; `None` where the figure cannot be answered.
    pub gap: Option<Gap>,
}

impl Question {
    /// The yardsticks that are about the stages asked about, and what of the project's cannot be used.
    ///
    /// # Errors
    /// A run whose segments cannot be read.
    pub fn held(&mut self, staged: &StageQuestion) -> Result<(Vec<Held>, Vec<String>), Failure> {
        let (mut all, mut notes) = (Vec::new(), Vec::new());
        for own in &staged.project.yardsticks {
            let lifecycle = staged
                .lifecycles
                .iter()
                .find(|(_, names)| names.name == own.lifecycle);
            let Some((number, names)) = lifecycle else {
                continue;
            };
            let place = |name: &str| names.stages.iter().position(|stage| stage == name);
            let to = own.to.as_deref().map(place);
            let (Some(stage), Some(to)) =
                (place(&own.stage), to.map_or(Some(None), |to| to.map(Some)))
            else {
                notes.push(format!(
                    "a {} of stage {} is left out: the run has not all of its stages; run again",
                    kind_name(own.kind),
                    own.stage
                ));
                continue;
            };
            let Some(kpi) = Kpi::named(own.kpi, to.map(|to| to as u8)) else {
                continue;
            };
            let members = match (&own.segment, &self.asked.moves_of) {
                (Some(segment), Some(results)) => Some(Members::read(results, segment)?),
                _ => None,
            };
            self.asked.with_ids |= members.is_some();
            let target = Target {
                lifecycle: *number,
                stage: stage as u8,
                kpi,
                value: own.value.to_float(),
                source: source(own),
                day: own.date.as_deref().and_then(day),
            };
            all.push(Held {
                yardstick: own.clone(),
                target,
                members,
            });
        }
        Ok((all, notes))
    }
}

/// Who says so, in words.
fn source(own: &Yardstick) -> String {
    match (&own.source, &own.date) {
        (None, _) => OWN.to_owned(),
        (Some(source), None) => source.clone(),
        (Some(source), Some(date)) => format!("{source} ({date})"),
    }
}

/// The first day of a date, counted since 1970-01-01.
fn day(date: &str) -> Option<i64> {
    let first = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    let zone = Zone::utc();
    let time = Time::parse(&first, &zone).ok()?;
    Some(i64::from(zone.day_of(time)))
}

/// What a kind of yardstick is called.
pub fn kind_name(kind: YardstickKind) -> &'static str {
    match kind {
        YardstickKind::Target => "target",
        YardstickKind::Benchmark => "benchmark",
    }
}

impl Held {
    /// Whether customers of some country, or of none that is named, are all that it is about.
    pub fn is_for(&self, code: Option<&str>) -> bool {
        let own = self.yardstick.country.as_deref();
        let own_code = own.map(|own| country(own).map_or(own, |country| country.code));
        own_code == code && self.yardstick.segment.is_none()
    }

    /// Whether it is about the whole range of a question with such a window.
    pub fn is_of_range(&self, window_ms: i64) -> bool {
        let window = self.yardstick.within.map(|within| within.ms());
        self.yardstick.per == Per::Range && window.is_none_or(|own| own == window_ms)
    }

    /// The length of time that it is about; `None`: the whole range.
    fn interval(&self) -> Option<Interval> {
        match self.yardstick.per {
            Per::Day => Some(Interval::Day),
            Per::Week => Some(Interval::Week),
            Per::Month => Some(Interval::Month),
            Per::Range => None,
        }
    }
}

/// What figures are asked for once, for all yardsticks that are about them.
#[derive(Clone, PartialEq)]
struct Asking {
    interval: Option<Interval>,
    window_ms: i64,
    segment: Option<String>,
    country: Option<String>,
}

/// Figures that were asked for, with their calendar.
type Asked = Option<(Calendar, Vec<Split<Vec<StageKpis>>>)>;

impl StageQuestion {
    /// How far a run is from yardsticks: over the whole range, in each period of `interval`, or, where one is
    /// about another length of time, in the last whole period of that.
    ///
    /// # Errors
    /// More periods than a question has.
    pub fn distances(
        &self,
        question: &Question,
        trails: &Trails,
        held: &[Held],
        interval: Option<Interval>,
        (by, countries): (Option<usize>, Option<usize>),
    ) -> Result<Vec<Distance>, Failure> {
        let mut known: Vec<(Asking, Asked)> = Vec::new();
        let mut all = Vec::new();
        for (number, own) in held.iter().enumerate() {
            let window = own.yardstick.within.map(|within| within.ms());
            let asking = Asking {
                interval: own.interval().or(interval),
                window_ms: window.unwrap_or(self.window_ms),
                segment: own.yardstick.segment.clone(),
                country: own.yardstick.country.clone(),
            };
            let place = known.iter().position(|(known, _)| *known == asking);
            let place = match place {
                Some(place) => place,
                None => {
                    let found = self.asked_for(question, trails, own, &asking, by, countries)?;
                    known.push((asking.clone(), found));
                    known.len() - 1
                }
            };
            if let Some((calendar, splits)) = &known[place].1 {
                for split in splits {
                    let is_listed = own.interval().is_none() || own.interval() == interval;
                    let found = of_split(own, &split.answer, asking.interval.is_some(), is_listed);
                    all.extend(found.into_iter().map(|(period, gap)| Distance {
                        held: number,
                        by: split.by.clone(),
                        period: period.map(|period| calendar.label(period)),
                        gap,
                    }));
                }
            }
        }
        Ok(all)
    }

    fn asked_for(
        &self,
        question: &Question,
        trails: &Trails,
        held: &Held,
        asking: &Asking,
        by: Option<usize>,
        countries: Option<usize>,
    ) -> Result<Asked, Failure> {
        let interval = asking.interval.unwrap_or(Interval::Month);
        let Some(kpis) = self.kpis(question, trails, interval, by)? else {
            return Ok(None);
        };
        let kpis = Kpis {
            window_ms: asking.window_ms,
            ..kpis
        };
        let members = held.members.as_ref().map(|members| members.among(trails));
        let here = held.yardstick.country.as_deref().zip(countries);
        let here =
            here.map(|(name, column)| (column, words_of(name, &trails.words().texts[column])));
        let meant = |trail: &Trail<'_>| {
            let is_member = members
                .as_ref()
                .is_none_or(|own| own.get(trail.customer as usize) == Some(&true));
            let is_here = here.as_ref().is_none_or(|(column, own)| {
                let text = trail.last_text(*column);
                text != NO_TEXT && own[text as usize]
            });
            is_member && is_here
        };
        let some = held.members.is_some() || here.is_some();
        let answer = question.ask_among(trails, &kpis, some.then_some(&meant));
        Ok(Some((kpis.calendar, answer)))
    }
}

/// By word: whether it means a country.
fn words_of(name: &str, words: &[String]) -> Vec<bool> {
    let own = country(name).map(|country| country.code);
    let is_own = |word: &String| match own {
        Some(code) => country(word).is_some_and(|country| country.code == code),
        None => word == name,
    };
    words.iter().map(is_own).collect()
}

/// How far figures are from a yardstick: in each period that is listed, else in the last whole one, or over the
/// whole range.
fn of_split(
    held: &Held,
    rows: &[StageKpis],
    by_period: bool,
    is_listed: bool,
) -> Vec<(Option<i64>, Option<Gap>)> {
    let target = &held.target;
    let own = |row: &&StageKpis| (row.lifecycle, row.stage) == (target.lifecycle, target.stage);
    let own = rows.iter().filter(own);
    let own = own.filter(|row| row.period.is_some() == by_period);
    let mut own: Vec<&StageKpis> = own.collect();
    if !is_listed {
        let whole = own.iter().rev().find(|row| !row.incomplete);
        own = whole.or(own.last()).copied().into_iter().collect();
    }
    let mut gaps = target.gaps(rows);
    let of = |row: &StageKpis| {
        let place = gaps.iter().position(|gap| gap.period == row.period);
        (row.period, place.map(|place| gaps.swap_remove(place)))
    };
    own.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_rules::project::YARDSTICK_KPIS;

    #[test]
    fn every_kpi_of_a_yardstick_is_known() {
        for (name, ..) in YARDSTICK_KPIS {
            let kpi = Kpi::named(name, Some(1)).expect(name);
            assert_eq!(crate::commands::kpi_field(kpi), name);
        }
    }

    #[test]
    fn a_date_begins_on_its_first_day() {
        assert_eq!(day("1970"), Some(0));
        assert_eq!(day("1970-02"), Some(31));
        assert_eq!(day("1970-02-03"), Some(33));
    }
}
