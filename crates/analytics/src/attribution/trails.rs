//! Attribution from what customers did: a condition or a move between stages converts, a column of texts names
//! the channels.

use super::ledger::Ledger;
use super::shape::Touch;
use super::{AttributionAnswer, AttributionError, Crediting, LOOK_BACK_MS, Model};
use crate::trail::{Analysis, NO_NUMBER, NO_TEXT, StageMove, Trail, Words};

/// The question: which channels are credited with the conversions?
///
/// Touches are events with a channel. A conversion's journey are the touches before it, not earlier than the
/// look-back; what comes after the last conversion is a journey without one.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// The condition that conversions meet; of no concern where moves convert.
    pub conversion: u16,
    /// The moves between stages that convert, instead of touches; `None`: touches do.
    pub moving: Option<Moving>,
    /// The column of texts that names channels.
    pub channel: usize,
    /// The column of numbers with what conversions are worth; `None` = nothing.
    pub value: Option<usize>,
    /// How journeys are shaped and credited.
    pub crediting: Crediting,
    /// How long before a conversion a touch may be, in milliseconds, itself included; before the last
    /// touch of a journey without one. `None` = any time.
    pub look_back_ms: Option<i64>,
    /// Where a conversion's journey begins.
    pub journeys: Journeys,
    /// Whether a conversion that itself has a channel is its own last touch.
    pub own_touch: bool,
}

/// Moves between stages that are conversions. A touch at the instant of a move is part of its journey: it is what
/// led there. A move is worth what is worth something at its very instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The lifecycle, by its number in [`Words::lifecycles`].
    pub lifecycle: u16,
    /// The stage left, by its place or [`crate::OUTSIDE`]; `None`: whichever.
    pub from: Option<u8>,
    /// The stage entered, by its place or [`crate::OUTSIDE`].
    pub to: u8,
    /// From when on and before when moves convert and touches count, in milliseconds since 1970.
    pub span_ms: (i64, i64),
}

/// Where a conversion's journey begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journeys {
    /// At the look-back: a touch may be credited with more than one conversion, as Snowplow and GA4 have it.
    Overlapping,
    /// After the conversion before, if that is later: each touch belongs to one journey.
    SincePrevious,
}

impl Attribution {
    /// A question with the usual options: 30 days of look-back, repeats merged; journeys overlap but for a
    /// chain, whose journeys follow one another.
    pub fn new(conversion: u16, channel: usize, model: Model) -> Self {
        Self {
            conversion,
            moving: None,
            channel,
            value: None,
            crediting: Crediting::new(model),
            look_back_ms: Some(LOOK_BACK_MS),
            journeys: match model {
                Model::Markov { .. } => Journeys::SincePrevious,
                _ => Journeys::Overlapping,
            },
            own_touch: false,
        }
    }
}

/// What is counted of attribution so far.
#[derive(Clone, Debug)]
pub struct Tally {
    converts: Vec<bool>,
    ledger: Ledger,
    /// Touches of the customer walked now: channel and when.
    touches: Vec<(u32, i64)>,
    path: Vec<Touch>,
}

impl Attribution {
    /// The touches from `begin` on within the look-back of an instant, as a journey.
    fn journey(&self, touches: &[(u32, i64)], at_ms: i64, path: &mut Vec<Touch>) {
        let since_ms = self
            .look_back_ms
            .map_or(i64::MIN, |look_back_ms| at_ms.saturating_sub(look_back_ms));
        let first = touches.partition_point(|touch| touch.1 < since_ms);
        path.clear();
        path.extend(
            touches[first..]
                .iter()
                .map(|touch| (touch.0, at_ms - touch.1)),
        );
    }
}

impl Analysis for Attribution {
    type Tally = Tally;
    type Answer = Result<AttributionAnswer, AttributionError>;

    fn begin(&self, words: &Words) -> Tally {
        let names = &words.texts[self.channel];
        let find = |name: &str| {
            let at = names.iter().position(|known| known == name)?;
            Some(at as u32)
        };
        Tally {
            converts: words.marks.meeting(self.conversion),
            ledger: Ledger::new(&self.crediting, names.len(), find),
            touches: Vec::new(),
            path: Vec::new(),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        tally.touches.clear();
        if let Some(moving) = self.moving {
            return self.count_moves(moving, tally, trail);
        }
        // Touches from here on are after the last conversion.
        let mut open = 0;
        for at in 0..trail.len() {
            let (at_ms, channel) = (trail.at_ms[at], trail.texts[self.channel][at]);
            let converts = tally.converts[trail.mark[at] as usize];
            if channel != NO_TEXT && (!converts || self.own_touch) {
                tally.touches.push((channel, at_ms));
            }
            if !converts {
                continue;
            }
            open = self.convert(tally, open, at_ms, self.worth(trail, at));
        }
        self.end(tally, open);
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.ledger.merge(other.ledger);
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        tally.ledger.answer(&words.texts[self.channel])
    }
}

impl Attribution {
    /// Counts a customer whose moves convert.
    fn count_moves(&self, moving: Moving, tally: &mut Tally, trail: &Trail<'_>) {
        let (mut next, mut open) = (0, 0);
        for step in trail.moves.iter().filter(|step| moving.is_meant(step)) {
            let mut value = 0;
            while trail.at_ms.get(next).is_some_and(|at| *at <= step.at_ms) {
                self.touch(moving, tally, trail, next);
                next += 1;
            }
            for at in (0..next)
                .rev()
                .take_while(|at| trail.at_ms[*at] == step.at_ms)
            {
                value += self.worth(trail, at);
            }
            open = self.convert(tally, open, step.at_ms, value);
        }
        for at in next..trail.len() {
            self.touch(moving, tally, trail, at);
        }
        self.end(tally, open);
    }

    /// Keeps a touch that has a channel.
    fn touch(&self, moving: Moving, tally: &mut Tally, trail: &Trail<'_>, at: usize) {
        let (at_ms, channel) = (trail.at_ms[at], trail.texts[self.channel][at]);
        let (from, to) = moving.span_ms;
        if channel != NO_TEXT && (from..to).contains(&at_ms) {
            tally.touches.push((channel, at_ms));
        }
    }

    /// What a touch is worth, in millionths.
    fn worth(&self, trail: &Trail<'_>, at: usize) -> i128 {
        let value = self.value.map(|column| trail.numbers[column][at]);
        value
            .filter(|value| *value != NO_NUMBER)
            .map_or(0, i128::from)
    }

    /// Credits a conversion; answers from where on touches are after it.
    fn convert(&self, tally: &mut Tally, open: usize, at_ms: i64, value: i128) -> usize {
        let begin = match self.journeys {
            Journeys::Overlapping => 0,
            Journeys::SincePrevious => open,
        };
        self.journey(&tally.touches[begin..], at_ms, &mut tally.path);
        tally.ledger.convert(&mut tally.path, 1, value);
        tally.touches.len()
    }

    /// Ends the journey of touches that led to no conversion.
    fn end(&self, tally: &mut Tally, open: usize) {
        if tally.ledger.wants_non_conversions()
            && let Some(last) = tally.touches[open..].last()
        {
            self.journey(&tally.touches[open..], last.1, &mut tally.path);
            tally.ledger.end(&mut tally.path, 1);
        }
    }
}

impl Moving {
    fn is_meant(&self, step: &StageMove) -> bool {
        let (from, to) = self.span_ms;
        (step.lifecycle, step.to) == (self.lifecycle, self.to)
            && self.from.is_none_or(|own| own == step.from)
            && (from..to).contains(&step.at_ms)
    }
}
