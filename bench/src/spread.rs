//! Several measurements of one thing: their median, and how far they lie apart.

/// The median of some figures, with the least and the greatest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    /// The figures as measured, in order.
    pub(crate) rounds: Vec<f64>,
    /// The least.
    pub(crate) least: f64,
    /// The one in the middle; the mean of two if there are two.
    pub(crate) median: f64,
    /// The greatest.
    pub(crate) greatest: f64,
}

impl Spread {
    /// The spread of some figures; all zero if there are none.
    pub(crate) fn of(rounds: Vec<f64>) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
        let last = sorted.len().saturating_sub(1);
        Self { least: at(0), median: (at(last / 2) + at(last.div_ceil(2))) / 2.0, greatest: at(last), rounds }
    }

    /// Round by round, this over another.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self::of(self.rounds.iter().zip(&other.rounds).map(|(a, b)| a / b).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one_counts() {
        assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]).median, 2.0);
        assert_eq!(Spread::of(vec![4.0, 1.0, 2.0, 3.0]).median, 2.5);
        let one = Spread::of(vec![7.0]);
        assert_eq!((one.least, one.median, one.greatest), (7.0, 7.0, 7.0));
        assert_eq!(Spread::of(Vec::new()).median, 0.0);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let ratio = Spread::of(vec![1.0, 4.0, 9.0]).over(&Spread::of(vec![2.0, 4.0, 3.0]));
        assert_eq!(ratio.rounds, [0.5, 1.0, 3.0]);
        assert_eq!(ratio.median, 1.0);
    }
}
