//! A question made ready: what is read for it, and how it is answered, apart from the reading and the showing.
//!
//! Every question command gives one. Its answer can be shown on the command line, be told as JSON, and be
//! made of trails that were read for other questions too.

use std::process::ExitCode;

use perennial_batch::trails::Trails;

use super::{Question, Reply};
use crate::args::Show;
use crate::failure::Failure;

/// A question made ready.
pub enum Prepared<'a> {
    /// One that is answered of trails.
    OfTrails(Box<OfTrails<'a>>),
    /// One that reads what it needs itself, such as a run's table of customers.
    OfItself(Box<dyn FnOnce() -> Result<Reply, Failure> + 'a>),
}

/// A question that is answered of trails, and how.
pub struct OfTrails<'a> {
    question: Question,
    answer: Box<Answering<'a>>,
}

/// Makes the answer to a question of what was read for it.
type Answering<'a> = dyn FnOnce(&Question, Trails) -> Result<Reply, Failure> + 'a;

impl Question {
    /// The question, to be answered so.
    pub fn answered<'a>(
        self,
        answer: impl FnOnce(&Question, Trails) -> Result<Reply, Failure> + 'a,
    ) -> Prepared<'a> {
        Prepared::OfTrails(Box::new(OfTrails {
            question: self,
            answer: Box::new(answer),
        }))
    }
}

impl<'a> Prepared<'a> {
    /// A question that reads what it needs itself.
    pub fn of_itself(answer: impl FnOnce() -> Result<Reply, Failure> + 'a) -> Self {
        Self::OfItself(Box::new(answer))
    }

    /// Lets it name nothing of what is personal.
    pub fn hide(&mut self, personal: &[String]) {
        if let Self::OfTrails(own) = self {
            own.question.asked.personal = personal.to_vec();
        }
    }

    /// Reads what it needs and answers.
    ///
    /// # Errors
    /// What reading and answering give.
    pub fn answer(self) -> Result<Reply, Failure> {
        match self {
            Self::OfTrails(own) => {
                let trails = own.question().read()?;
                own.answer(trails)
            }
            Self::OfItself(answer) => answer(),
        }
    }

    /// Answers, and shows the answer.
    ///
    /// # Errors
    /// What answering and showing give.
    pub fn tell(self, show: &Show) -> Result<ExitCode, Failure> {
        self.answer()?.show(show)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl OfTrails<'_> {
    /// The question, with what is to be read for it.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// Answers of what was read for it.
    ///
    /// # Errors
    /// What answering gives, such as a range of too many periods.
    pub fn answer(self, trails: Trails) -> Result<Reply, Failure> {
        self.question.check_run()?;
        let mut reply = (self.answer)(&self.question, trails)?;
        if let Some(name) = &self.question.unknown {
            reply.name_unknown(name);
        }
        Ok(reply)
    }
}
