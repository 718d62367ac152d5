//! The product in a real browser: what people see, press and type.

mod driver;
mod keyboard;
mod noscript;
mod pages;
mod people;
#[path = "../program/mod.rs"]
mod program;
mod sample;
mod story;
