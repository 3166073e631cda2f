//! A question made ready: what is read for it, and how it is answered, apart from the reading and the showing.
//!
//! Every question command gives one. Its answer can be shown on the command line, be told as JSON, and be
//! made of trails that were read for other questions too.

use std::process::ExitCode;

use perennial_batch::BatchError;
use perennial_batch::trails::{Asked, Trails};

use super::{Question, Reply};
use crate::args::Show;
use crate::failure::Failure;
use crate::progress::Bar;

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
    /// The same over the range to compare with.
    before: Option<Question>,
    answer: Box<Answering<'a>>,
}

/// Makes the answer to a question of what was read for it.
type Answering<'a> = dyn Fn(&Question, Trails) -> Result<Reply, Failure> + 'a;

impl Question {
    /// The question, to be answered so.
    pub fn answered<'a>(
        self,
        answer: impl Fn(&Question, Trails) -> Result<Reply, Failure> + 'a,
    ) -> Prepared<'a> {
        Prepared::OfTrails(Box::new(OfTrails {
            before: self.before.map(|ends| self.over(ends)),
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
    ///
    /// # Errors
    /// A question about customers with a trait that is.
    pub fn hide(&mut self, personal: &[String]) -> Result<(), Failure> {
        let Self::OfTrails(own) = self else {
            return Ok(());
        };
        if let Some(name) = own.question.members_by(personal) {
            return Err(own.question.explained(BatchError::Personal(name)));
        }
        for question in std::iter::once(&mut own.question).chain(&mut own.before) {
            question.asked.personal = personal.to_vec();
        }
        Ok(())
    }

    /// Reads what it needs and answers.
    ///
    /// # Errors
    /// What reading and answering give.
    pub fn answer(self) -> Result<Reply, Failure> {
        match self {
            Self::OfTrails(own) => {
                let bar = Bar::new(false);
                let trails = Trails::read_all(&own.asked(), &bar);
                bar.clear();
                own.answer(trails.map_err(|error| own.explained(error))?)
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

    /// What is to be read for it: for its range, then for that to compare with.
    pub fn asked(&self) -> Vec<&Asked> {
        let before = self.before.as_ref().map(|before| &before.asked);
        std::iter::once(&self.question.asked)
            .chain(before)
            .collect()
    }

    /// What reading gave, in words about the question.
    pub fn explained(&self, error: BatchError) -> Failure {
        match error {
            BatchError::Question { error, .. } => self.question.explained(*error),
            error => self.question.explained(error),
        }
    }

    /// Answers of what was read for it, as [`Self::asked`] has it.
    ///
    /// # Errors
    /// What answering gives, such as a range of too many periods.
    pub fn answer(&self, trails: Vec<Trails>) -> Result<Reply, Failure> {
        let questions = std::iter::once(&self.question).chain(&self.before);
        let reply = |(question, trails): (&Question, Trails)| {
            question.check_run()?;
            let mut reply = (self.answer)(question, trails)?;
            if let Some(name) = &question.unknown {
                reply.name_unknown(name);
            }
            Ok::<Reply, Failure>(reply)
        };
        let mut replies = questions.zip(trails).map(reply);
        let now = replies.next().transpose()?;
        let mut now = now.ok_or_else(|| Failure::failed("nothing was read for a question"))?;
        if let Some(before) = replies.next().transpose()? {
            now.compare(before)?;
        }
        Ok(now)
    }
}
