//! The figures that tell a forecast's error, bias, order and chances.

/// One of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// [`Figures::bias`].
    Bias,
    /// [`Figures::mae`].
    Mae,
    /// [`Figures::wmape`].
    Wmape,
    /// [`Figures::rmse`].
    Rmse,
    /// [`Figures::gini`].
    Gini,
    /// [`Figures::deviance`].
    Deviance,
    /// [`Figures::auc`].
    Auc,
    /// [`Figures::log_loss`].
    LogLoss,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Bias,
        Self::Mae,
        Self::Wmape,
        Self::Rmse,
        Self::Gini,
        Self::Deviance,
        Self::Auc,
        Self::LogLoss,
    ];

    /// Its name, one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bias => "bias",
            Self::Mae => "mae",
            Self::Wmape => "wmape",
            Self::Rmse => "rmse",
            Self::Gini => "gini",
            Self::Deviance => "deviance",
            Self::Auc => "auc",
            Self::LogLoss => "log_loss",
        }
    }
}

/// How good a forecast was. p is what was forecast for a customer, a what came; means are over customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Customers.
    pub customers: f64,
    /// The sum of what was forecast.
    pub forecast: f64,
    /// The sum of what came.
    pub came: f64,
    /// Total bias, sum p / sum a - 1, as a share: above 0 too much was forecast. `None` if nothing came.
    pub bias: Option<f64>,
    /// Mean absolute error, mean |p - a|. Misleads where most customers do nothing: a forecast of nothing for
    /// everybody may have the least.
    pub mae: f64,
    /// Weighted mean absolute percentage error, sum |p - a| / sum a, as a share (Kolassa & Schütz 2007).
    /// `None` if nothing came.
    pub wmape: Option<f64>,
    /// Root mean square error.
    pub rmse: f64,
    /// Normalized Gini coefficient: the Gini coefficient of a with customers in the order of p, over that in
    /// the order of a itself. 1 for the right order, 0 for any order, -1 for the opposite. Customers with the
    /// same p take the mean of their ranks. `None` if a is the same for all.
    pub gini: Option<f64>,
    /// Mean Poisson deviance, mean of 2 (a ln (a/p) - a + p), as sklearn's `mean_poisson_deviance`; p below a
    /// millionth is taken as a millionth, lest one sale where none was forecast be worth infinity.
    pub deviance: f64,
    /// Area under the curve of «buys again», a > 0, by the chances where they are known, else by p
    /// (Mann & Whitney; ties by half). `None` unless some bought and some did not.
    pub auc: Option<f64>,
    /// Mean of -ln of the chance given to what came, a > 0 or not (nats); chances within 1e-15 of 0 or 1 are
    /// taken as that far off. `None` without chances.
    pub log_loss: Option<f64>,
}

impl Figures {
    /// One of them.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Bias => self.bias,
            Measure::Mae => Some(self.mae),
            Measure::Wmape => self.wmape,
            Measure::Rmse => Some(self.rmse),
            Measure::Gini => self.gini,
            Measure::Deviance => Some(self.deviance),
            Measure::Auc => self.auc,
            Measure::LogLoss => self.log_loss,
        }
    }
}
