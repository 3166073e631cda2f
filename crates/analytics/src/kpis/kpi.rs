//! The figures of a stage by name, each with the rule that it comes from.

use super::StageKpis;
use crate::proportion::Rate;

/// Millionths in one.
const ONE: f64 = 1_000_000.0;

/// A figure of a stage in a period.
///
/// «Stays» are those in the stage at the beginning and the entries since; «active» customers are those with
/// a touch while in the stage. Figures that no condition was given for, or whose divisor is 0, are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kpi {
    /// Customers in the stage at the end.
    InStage,
    /// The stage's share of those in any stage of the lifecycle at the end.
    Share,
    /// Moves into it.
    Entered,
    /// Moves out of it.
    Left,
    /// Moves from it to a stage that counts as lapsed.
    Lapsed,
    /// Customers active in it.
    Active,
    /// Of those who entered, how many went next to a stage, by its place, within the window.
    ConvertedWithin(u8),
    /// The same in the end, as far as is in sight (Aalen and Johansen 1978).
    ConvertedEver(u8),
    /// When a tenth of those who entered has left, in milliseconds (Kaplan and Meier 1958).
    StayP10Ms,
    /// When half has left.
    StayMedianMs,
    /// When nine tenths have left.
    StayP90Ms,
    /// Lapsed of stays; not of a stage that itself counts as lapsed.
    LapseRate,
    /// What the lapse rate leaves of 1.
    RetentionRate,
    /// Of stays in a stage that counts as lapsed, how many ended with a move to one that does not.
    RecoveryRate,
    /// Orders.
    Orders,
    /// What orders brought, in millionths of money.
    Revenue,
    /// What refunds took, in millionths of money.
    Refunded,
    /// Revenue by orders, in millionths of money.
    AverageOrder,
    /// Customers with an order, of active ones.
    BuyerRate,
    /// What those in the stage at the end have brought until then, less refunds, in millionths of money.
    ValueToDate,
    /// That for each of them.
    ValuePerHead,
    /// The mean answer on satisfaction.
    CsatMean,
    /// The share of answers on satisfaction of 4 and 5.
    CsatTop,
    /// The share of promoters less that of detractors, from -100 to 100.
    Nps,
    /// The mean answer on effort.
    CesMean,
    /// The share of answers on effort of 5 to 7.
    CesTop,
    /// The mean of reviews.
    ReviewMean,
    /// The share of reviews of 4 and 5.
    ReviewTop,
    /// Customers who called for support, of active ones.
    TicketRate,
    /// Customers who referred others, answered as promoters or gave a review of 4 or 5, of active ones.
    AdvocacyRate,
    /// Customers who referred others, of active ones.
    ReferralRate,
}

/// A figure's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// So many people or touches.
    Count(u64),
    /// An amount of money, in millionths.
    Money(i128),
    /// A length of time, in milliseconds.
    Ms(i64),
    /// So many of so many.
    Rate(Rate),
    /// A rate that is no plain count of so many, from 0 to 1.
    Share(f64),
    /// A mean or a score on its own scale.
    Score(f64),
}

impl Figure {
    /// As one number: people, units of money, milliseconds, a rate from 0 to 1, or a score.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count as f64),
            Self::Money(money) => Some(money as f64 / ONE),
            Self::Ms(ms) => Some(ms as f64),
            Self::Rate(rate) => rate.value(),
            Self::Share(share) => Some(share),
            Self::Score(score) => Some(score),
        }
    }
}

impl Kpi {
    /// The figures of a stage, in the order of their table.
    pub fn all(row: &StageKpis) -> Vec<Self> {
        Self::with_moves_to(row.conversions.iter().map(|conversion| conversion.to))
    }

    /// All figures, with conversions to these stages.
    fn with_moves_to(stages: impl Iterator<Item = u8>) -> Vec<Self> {
        use Kpi::*;
        let mut all = vec![InStage, Share, Entered, Left, Lapsed, Active];
        for to in stages {
            all.push(ConvertedWithin(to));
            all.push(ConvertedEver(to));
        }
        all.extend([StayP10Ms, StayMedianMs, StayP90Ms]);
        all.extend([LapseRate, RetentionRate, RecoveryRate]);
        all.extend([Orders, Revenue, Refunded, AverageOrder, BuyerRate]);
        all.extend([ValueToDate, ValuePerHead, CsatMean, CsatTop, Nps, CesMean]);
        all.extend([CesTop, ReviewMean, ReviewTop, TicketRate, AdvocacyRate]);
        all.push(ReferralRate);
        all
    }

    /// Its name: lower case, words joined by `_`; conversions do not say where to.
    pub fn name(self) -> &'static str {
        match self {
            Self::InStage => "in_stage",
            Self::Share => "share",
            Self::Entered => "entered",
            Self::Left => "left",
            Self::Lapsed => "lapsed",
            Self::Active => "active",
            Self::ConvertedWithin(_) => "converted_within",
            Self::ConvertedEver(_) => "converted_ever",
            Self::StayP10Ms => "stay_p10_ms",
            Self::StayMedianMs => "stay_median_ms",
            Self::StayP90Ms => "stay_p90_ms",
            Self::LapseRate => "lapse_rate",
            Self::RetentionRate => "retention_rate",
            Self::RecoveryRate => "recovery_rate",
            Self::Orders => "orders",
            Self::Revenue => "revenue",
            Self::Refunded => "refunded",
            Self::AverageOrder => "average_order",
            Self::BuyerRate => "buyer_rate",
            Self::ValueToDate => "value_to_date",
            Self::ValuePerHead => "value_per_head",
            Self::CsatMean => "csat_mean",
            Self::CsatTop => "csat_top",
            Self::Nps => "nps",
            Self::CesMean => "ces_mean",
            Self::CesTop => "ces_top",
            Self::ReviewMean => "review_mean",
            Self::ReviewTop => "review_top",
            Self::TicketRate => "ticket_rate",
            Self::AdvocacyRate => "advocacy_rate",
            Self::ReferralRate => "referral_rate",
        }
    }

    /// The KPI of a name; of conversions that to a stage, by its place.
    pub fn named(name: &str, to: Option<u8>) -> Option<Self> {
        let all = Self::with_moves_to(to.into_iter());
        all.into_iter().find(|kpi| kpi.name() == name)
    }

    /// Its value in a row; `None` where it cannot be answered.
    pub fn of(self, row: &StageKpis) -> Option<Figure> {
        let (counts, staying) = (&row.counts, &row.staying);
        match self {
            Self::InStage => Some(Figure::Count(counts.at_end)),
            Self::Share => rate(counts.at_end, row.in_lifecycle),
            Self::Entered => Some(Figure::Count(counts.entered)),
            Self::Left => Some(Figure::Count(counts.left)),
            Self::Lapsed => (!row.is_lapsed).then_some(Figure::Count(counts.lapsed)),
            Self::Active => Some(Figure::Count(counts.active)),
            Self::ConvertedWithin(to) => {
                let within = row.conversion(to)?.within;
                rate(within.hits, within.people)
            }
            Self::ConvertedEver(to) => row.conversion(to)?.ever.map(Figure::Share),
            Self::StayP10Ms => staying.p10_ms.map(Figure::Ms),
            Self::StayMedianMs => staying.median_ms.map(Figure::Ms),
            Self::StayP90Ms => staying.p90_ms.map(Figure::Ms),
            Self::LapseRate if !row.is_lapsed => rate(counts.lapsed, counts.stays()),
            Self::RetentionRate if !row.is_lapsed => {
                rate(counts.stays() - counts.lapsed, counts.stays())
            }
            Self::RecoveryRate if row.is_lapsed => rate(counts.recovered, counts.stays()),
            Self::LapseRate | Self::RetentionRate | Self::RecoveryRate => None,
            _ => self.of_touches(row),
        }
    }

    /// Those that come from what touches mean.
    fn of_touches(self, row: &StageKpis) -> Option<Figure> {
        let (counts, asked) = (&row.counts, &row.asked);
        let ordered = asked.order.is_some();
        let paid = ordered && asked.order_value.is_some();
        let refunded = asked.refund.is_some() && asked.refund_value.is_some();
        let advocated = asked.nps.or(asked.review).or(asked.referral).is_some();
        match self {
            Self::Orders if ordered => Some(Figure::Count(counts.orders)),
            Self::BuyerRate if ordered => rate(counts.buyers, counts.active),
            Self::Revenue if paid => Some(Figure::Money(counts.revenue)),
            Self::AverageOrder if paid => per_head(counts.revenue, counts.orders),
            Self::ValueToDate if paid => Some(Figure::Money(counts.value_to_date)),
            Self::ValuePerHead if paid => per_head(counts.value_to_date, counts.at_end),
            Self::Refunded if refunded => Some(Figure::Money(counts.refunded)),
            Self::CsatMean => mean(counts.csat.sum, counts.csat.answers),
            Self::CsatTop => rate(counts.csat.top, counts.csat.answers),
            Self::Nps => nps(counts.promoters, counts.detractors, counts.nps_answers),
            Self::CesMean => mean(counts.ces.sum, counts.ces.answers),
            Self::CesTop => rate(counts.ces.top, counts.ces.answers),
            Self::ReviewMean => mean(counts.review.sum, counts.review.answers),
            Self::ReviewTop => rate(counts.review.top, counts.review.answers),
            Self::TicketRate if asked.ticket.is_some() => rate(counts.callers, counts.active),
            Self::AdvocacyRate if advocated => rate(counts.advocates, counts.active),
            Self::ReferralRate if asked.referral.is_some() => rate(counts.referrers, counts.active),
            _ => None,
        }
    }
}

impl StageKpis {
    /// Where those go next who entered, if it is a place to go to.
    pub fn conversion(&self, to: u8) -> Option<&super::Conversion> {
        self.conversions
            .iter()
            .find(|conversion| conversion.to == to)
    }
}

fn rate(hits: u64, people: u64) -> Option<Figure> {
    (people > 0).then_some(Figure::Rate(Rate { hits, people }))
}

fn mean(sum: i128, answers: u64) -> Option<Figure> {
    (answers > 0).then(|| Figure::Score(sum as f64 / ONE / answers as f64))
}

fn nps(promoters: u64, detractors: u64, answers: u64) -> Option<Figure> {
    let net = promoters as f64 - detractors as f64;
    (answers > 0).then(|| Figure::Score(100.0 * net / answers as f64))
}

/// Money for each, to the nearest millionth, halves up.
fn per_head(money: i128, heads: u64) -> Option<Figure> {
    let heads = i128::from(heads);
    (heads > 0).then(|| Figure::Money((2 * money + heads).div_euclid(2 * heads)))
}
