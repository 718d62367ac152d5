//! The workflows of the certification cycle (specification 4.1 to 4.4) and the declarations of all kinds, driven through
//! `decide` as pages, API and jobs drive them.

mod again;
mod assessment;
mod clock;
mod conditions;
mod declarations;
mod documents;
mod evidence;
mod expected;
mod gates;
mod load;
mod over_time;
mod plans;
mod random;
mod risks;
mod sample;
mod soa;
mod world;
