//! The risk matrix: how many live risks stand in each cell, for each type of score.

use serde::Serialize;

use super::scores;
use crate::{
    Isms,
    records::{Risk, ScoreType},
};

/// Heat maps of inherent, current, target and residual scores, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// Version of the method whose scales and levels are shown; empty if none is approved.
    pub method_version: String,
    /// Steps of the likelihood scale, highest first: value and label.
    pub likelihood: Vec<(u8, String)>,
    /// Steps of the impact scale, lowest first: value and label.
    pub impact: Vec<(u8, String)>,
    /// One map a type of score.
    pub maps: Vec<HeatMap>,
}

/// One heat map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatMap {
    /// Type of score: inherent, current, target or residual.
    pub of: String,
    /// Rows from the highest likelihood down, cells from the lowest impact up.
    pub rows: Vec<Vec<HeatCell>>,
    /// Live risks that have no such score.
    pub without: usize,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatCell {
    /// Step of the likelihood scale.
    pub likelihood: u8,
    /// Step of the impact scale.
    pub impact: u8,
    /// Level of the cell in the method; empty if the matrix leaves it out.
    pub level: String,
    /// How many live risks stand here.
    pub count: usize,
}

/// The heat maps of a snapshot.
#[must_use]
pub fn matrix(isms: &Isms) -> Matrix {
    let method = scores::method(isms);
    let scale = |steps: &[crate::value::ScaleStep]| -> Vec<(u8, String)> {
        if steps.is_empty() {
            return (1..=5).map(|v| (v, v.to_string())).collect();
        }
        let mut steps: Vec<_> = steps.iter().map(|s| (s.value, s.label.to_string())).collect();
        steps.sort();
        steps
    };
    let mut likelihood = scale(method.map_or(&[], |m| &m.likelihood_scale));
    likelihood.reverse();
    let impact = scale(method.map_or(&[], |m| &m.impact_scale));
    let level = |l: u8, i: u8| {
        let cell = method.and_then(|m| m.level_matrix.iter().find(|c| c.likelihood == l && c.impact == i));
        cell.map_or_else(String::new, |c| c.level.to_string())
    };
    let risks: Vec<_> = isms.all::<Risk>().live().map(|r| r.meta.id).collect();
    let maps = ScoreType::ALL
        .iter()
        .map(|of| {
            let points: Vec<(u8, u8)> = risks
                .iter()
                .filter_map(|id| scores::newest(isms, *id, *of))
                .filter_map(|s| Some((s.likelihood?, s.impact?)))
                .collect();
            let rows = likelihood
                .iter()
                .map(|(l, _)| {
                    impact
                        .iter()
                        .map(|(i, _)| HeatCell {
                            likelihood: *l,
                            impact: *i,
                            level: level(*l, *i),
                            count: points.iter().filter(|p| **p == (*l, *i)).count(),
                        })
                        .collect()
                })
                .collect();
            HeatMap { of: of.as_str().to_owned(), rows, without: risks.len() - points.len() }
        })
        .collect();
    Matrix {
        method_version: method.map_or_else(String::new, |m| m.version.to_string()),
        likelihood,
        impact,
        maps,
    }
}
