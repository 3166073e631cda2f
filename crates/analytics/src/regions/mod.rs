//! The figures of stages side by side by country, sub-region and region, and which differences to believe.

mod countries;

use std::collections::{BTreeMap, BTreeSet};

use crate::kpis::{Figure, Kpi, Kpis, StageKpis, Tally};
use crate::proportion::{Interval, Rate, false_discovery_rates};
use crate::stats::upper_tail;
use crate::{Analysis, Trail, Words};
pub use countries::{Country, countries, country};

/// Below so many expected hits or misses the exact test is made.
const EXACT_BELOW: f64 = 10.0;
/// An index of the whole itself.
const INDEX_OF_WHOLE: f64 = 100.0;

/// The question.
#[derive(Clone, Debug)]
pub struct Regions {
    /// Which figures; its column `by` holds countries, as codes or English names. What is compared are the
    /// figures of the whole range.
    pub kpis: Kpis,
    /// A figure of fewer customers, answers or orders is small: it is shown and not tested.
    pub small_below: u64,
    /// The share of false findings among those that differ, from 0 to 1 (Benjamini and Hochberg 1995).
    pub false_discovery_rate: f64,
}

/// How wide a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everybody, of known country or not.
    World,
    /// A region of UN M49.
    Region,
    /// A sub-region of UN M49.
    Subregion,
    /// A country, or a text that means none.
    Country,
}

/// A part of the world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// How wide.
    pub level: Level,
    /// Its M49 code, or a country's alpha-2 code; `None` for the world and where no country was recognised.
    pub code: Option<String>,
    /// Its English name, or the text that means no country; `None` for the world and where nothing is known.
    pub name: Option<String>,
    /// The code of the next wider region; `None` for regions and where no country was recognised.
    pub part_of: Option<String>,
}

/// A stage in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionStage {
    /// The region.
    pub region: Region,
    /// What was counted, over the whole range.
    pub row: StageKpis,
    /// Its figures, in the order of [`Kpi::all`].
    pub figures: Vec<RegionFigure>,
}

/// A figure of a stage in a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionFigure {
    /// Which.
    pub kpi: Kpi,
    /// Its value; `None` where it cannot be answered.
    pub figure: Option<Figure>,
    /// 100 × the region's value by that of the whole. Only of rates, means, lengths and money for each: not
    /// of totals, which only say how large a region is, nor of the NPS, whose 0 is no end of its scale.
    pub index: Option<f64>,
    /// The 95% interval of a rate (Wilson 1927).
    pub interval: Option<Interval>,
    /// How many customers, stays, answers or orders it comes from.
    pub sample: u64,
    /// Whether these are too few.
    pub small: bool,
    /// How often chance alone brings a difference as large between the region and the rest of the world: the
    /// test of two proportions, or Fisher's exact one where few hits or misses are expected. `None` where it is
    /// no rate, or small, there is no rest, or a narrower region with the very customers has been tested.
    pub p: Option<f64>,
    /// The share of false findings to put up with to believe it, among the tests of all levels.
    pub q: Option<f64>,
    /// Whether it is believed: `q` is at most what was asked for.
    pub differs: bool,
}

impl Analysis for Regions {
    type Tally = Tally;
    /// By level, region, lifecycle and stage.
    type Answer = Vec<RegionStage>;

    fn begin(&self, words: &Words) -> Tally {
        self.kpis.begin(words)
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        self.kpis.count(tally, trail);
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        self.kpis.merge(tally, other);
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        let groups = self.kpis.answer_by(tally, words, regions_of);
        let mut stages: Vec<RegionStage> = Vec::new();
        let mut whole = BTreeMap::<(u16, u8), StageKpis>::new();
        for (region, rows) in groups {
            for row in rows.into_iter().filter(|row| row.period.is_none()) {
                // The world comes first, so that all else finds its whole.
                let own = whole
                    .entry((row.lifecycle, row.stage))
                    .or_insert_with(|| row.clone());
                let figure = |kpi| self.figure(kpi, &row, own, region.level);
                stages.push(RegionStage {
                    region: region.clone(),
                    figures: Kpi::all(&row).into_iter().map(figure).collect(),
                    row,
                });
            }
        }
        self.believe(&mut stages);
        stages
    }
}

impl Regions {
    fn figure(&self, kpi: Kpi, row: &StageKpis, whole: &StageKpis, level: Level) -> RegionFigure {
        let (figure, of_whole) = (kpi.of(row), kpi.of(whole));
        let rate = |figure: Option<Figure>| match figure {
            Some(Figure::Rate(rate)) => Some(rate),
            _ => None,
        };
        let numbers = figure
            .and_then(Figure::number)
            .zip(of_whole.and_then(Figure::number));
        let index = numbers
            .filter(|(_, whole)| is_comparable(kpi) && *whole != 0.0)
            .map(|(own, whole)| INDEX_OF_WHOLE * own / whole);
        let sample = sample(kpi, row);
        let small = sample < self.small_below;
        let tested = rate(figure)
            .zip(rate(of_whole))
            .filter(|_| !small && level != Level::World);
        let p = tested.and_then(|(own, whole)| chance(own, own.rest_of(whole)));
        RegionFigure {
            kpi,
            figure,
            index,
            interval: rate(figure).and_then(|rate| rate.wilson()),
            sample,
            small,
            p,
            q: None,
            differs: false,
        }
    }

    /// Fills in which differences to believe, among those of all levels.
    fn believe(&self, stages: &mut [RegionStage]) {
        leave_out_twins(stages);
        let mut figures: Vec<&mut RegionFigure> = stages
            .iter_mut()
            .flat_map(|stage| &mut stage.figures)
            .collect();
        let tests: Vec<Option<f64>> = figures.iter().map(|figure| figure.p).collect();
        for (figure, q) in figures.iter_mut().zip(false_discovery_rates(&tests)) {
            figure.q = q;
            figure.differs = q.is_some_and(|q| q <= self.false_discovery_rate);
        }
    }
}

/// A region of one part is that part: it is tested once, where it is narrowest.
fn leave_out_twins(stages: &mut [RegionStage]) {
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for stage in stages.iter() {
        let own = &stage.region;
        if let (Some(wide), Some(code)) = (&own.part_of, &own.code) {
            parts.entry(wide.clone()).or_default().insert(code.clone());
        }
    }
    for stage in stages {
        let code = stage.region.code.as_ref();
        let wide = stage.region.level != Level::Country;
        if wide && code.is_some_and(|code| parts.get(code).is_some_and(|own| own.len() == 1)) {
            stage.figures.iter_mut().for_each(|figure| figure.p = None);
        }
    }
}

/// How often chance alone brings two rates as far apart, either way.
fn chance(own: Rate, rest: Rate) -> Option<f64> {
    let comparison = own.compare(rest)?;
    let (people, hits) = (own.people + rest.people, own.hits + rest.hits);
    let fewer = hits.min(people - hits) as f64;
    if fewer / people as f64 * own.people.min(rest.people) as f64 >= EXACT_BELOW {
        return Some(comparison.p);
    }
    let more = upper_tail(own.hits, own.people, hits, people);
    let less = upper_tail(rest.hits, rest.people, hits, people);
    Some((2.0 * more.min(less)).min(1.0))
}

/// The regions that a customer of a text is in.
fn regions_of(text: Option<&str>) -> Vec<Region> {
    let region = |level, code: Option<&str>, name: Option<&str>, part_of: Option<&str>| Region {
        level,
        code: code.map(str::to_owned),
        name: name.map(str::to_owned),
        part_of: part_of.map(str::to_owned),
    };
    let world = region(Level::World, None, None, None);
    let Some(found) = text.and_then(country) else {
        return vec![world, region(Level::Country, None, text, None)];
    };
    let Country {
        code,
        name,
        subregion,
        region: wide,
    } = found;
    vec![
        world,
        region(Level::Region, Some(wide.0), Some(wide.1), None),
        region(
            Level::Subregion,
            Some(subregion.0),
            Some(subregion.1),
            Some(wide.0),
        ),
        region(Level::Country, Some(code), Some(name), Some(subregion.0)),
    ]
}

/// Whether a region's value compares with that of the whole.
fn is_comparable(kpi: Kpi) -> bool {
    use Kpi::{
        Active, Entered, InStage, Lapsed, Left, Nps, Orders, Refunded, Revenue, ValueToDate,
    };
    !matches!(
        kpi,
        Active
            | Entered
            | InStage
            | Lapsed
            | Left
            | Nps
            | Orders
            | Refunded
            | Revenue
            | ValueToDate
    )
}

/// How many a figure comes from.
fn sample(kpi: Kpi, row: &StageKpis) -> u64 {
    let counts = &row.counts;
    match kpi {
        Kpi::ConvertedWithin(to) => row.conversion(to).map_or(0, |to| to.within.people),
        Kpi::ConvertedEver(_) | Kpi::StayP10Ms | Kpi::StayMedianMs | Kpi::StayP90Ms => {
            row.staying.stays
        }
        Kpi::LapseRate | Kpi::RetentionRate | Kpi::RecoveryRate => counts.stays(),
        Kpi::Entered | Kpi::Left | Kpi::Lapsed => counts.stays(),
        Kpi::Share => row.in_lifecycle,
        Kpi::InStage | Kpi::ValueToDate | Kpi::ValuePerHead => counts.at_end,
        Kpi::Orders | Kpi::Revenue | Kpi::AverageOrder => counts.orders,
        Kpi::Refunded => counts.refunds,
        Kpi::CsatMean | Kpi::CsatTop => counts.csat.answers,
        Kpi::Nps => counts.nps_answers,
        Kpi::CesMean | Kpi::CesTop => counts.ces.answers,
        Kpi::ReviewMean | Kpi::ReviewTop => counts.review.answers,
        Kpi::Active | Kpi::BuyerRate | Kpi::TicketRate | Kpi::AdvocacyRate | Kpi::ReferralRate => {
            counts.active
        }
    }
}
