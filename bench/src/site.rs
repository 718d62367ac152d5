//! Where measuring happens: the program under test, the data directories made for it, and how long a round takes.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::sync::OnceCell;

use crate::{
    data::{self, Scale},
    options::Options,
};

/// The place.
pub(crate) struct Site {
    scratch: Scratch,
    program: Option<PathBuf>,
    seed: u64,
    quick: bool,
    isthmus: OnceCell<PathBuf>,
    full: OnceCell<PathBuf>,
    tenth: OnceCell<PathBuf>,
    sample: OnceCell<PathBuf>,
    long_ledger: OnceCell<PathBuf>,
}

impl Site {
    /// The place that the options ask for.
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let beside = match &options.scratch {
            Some(dir) => dir.clone(),
            None => here()?.parent().context("this program lies nowhere")?.to_owned(),
        };
        Ok(Self {
            scratch: Scratch::new(&beside)?,
            program: options.program.clone(),
            seed: options.seed,
            quick: options.quick,
            isthmus: OnceCell::new(),
            full: OnceCell::new(),
            tenth: OnceCell::new(),
            sample: OnceCell::new(),
            long_ledger: OnceCell::new(),
        })
    }

    /// How often each pair is measured.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 3 } else { 7 }
    }

    /// How long one side of a pair is measured, where time is what is held fixed.
    pub(crate) fn turn(&self) -> Duration {
        Duration::from_millis(if self.quick { 500 } else { 2_000 })
    }

    /// One of two numbers: for a quick run, and for one that counts.
    pub(crate) fn either(&self, quick: usize, full: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// A path for something of its own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.0.join(name)
    }

    /// What was measured where, in one line.
    pub(crate) fn about(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let quick = if self.quick { "; QUICK: not to be quoted" } else { "" };
        format!(
            "Isthmus {}, release build, {cores} cores, Linux {}, seed {}, {} rounds{quick}",
            env!("CARGO_PKG_VERSION"),
            kernel.trim(),
            self.seed,
            self.rounds()
        )
    }

    /// The program under test, built as this one is.
    pub(crate) async fn isthmus(&self) -> anyhow::Result<&Path> {
        let built = self.isthmus.get_or_try_init(|| async {
            if let Some(program) = &self.program {
                return Ok(program.clone());
            }
            cargo(&["build", "--release", "--package", "isthmus", "--bin", "isthmus"], None)?;
            let program = here()?.with_file_name("isthmus");
            if !program.exists() {
                bail!("cargo did not put isthmus beside {}", here()?.display());
            }
            Ok(program)
        });
        Ok(built.await?)
    }

    /// The data directory of the whole company.
    pub(crate) async fn full(&self) -> anyhow::Result<&Path> {
        Ok(self.full.get_or_try_init(|| self.company("full", Scale::FULL)).await?)
    }

    /// The data directory of a tenth of it.
    pub(crate) async fn tenth(&self) -> anyhow::Result<&Path> {
        Ok(self.tenth.get_or_try_init(|| self.company("tenth", Scale::TENTH)).await?)
    }

    /// The data directory of the sample company that is shipped.
    pub(crate) async fn sample(&self) -> anyhow::Result<&Path> {
        let made = self.sample.get_or_try_init(|| async {
            let dir = self.path("sample");
            let made = Command::new(self.isthmus().await?).arg("demo").arg("--data").arg(&dir).output()?;
            if !made.status.success() {
                bail!("the sample company could not be made: {}", String::from_utf8_lossy(&made.stderr));
            }
            data::add_account(&dir).await?;
            Ok(dir)
        });
        Ok(made.await?)
    }

    /// A data directory with so many small entries after the sample company, which was loaded long before.
    pub(crate) async fn long_ledger(&self) -> anyhow::Result<(&Path, usize)> {
        let entries = self.either(20_000, 200_000);
        let made = self.long_ledger.get_or_try_init(|| async {
            let dir = self.path("entries");
            eprintln!("bench: making a ledger of {entries} entries");
            data::fill_with_entries(&dir, entries).await?;
            anyhow::Ok(dir)
        });
        Ok((made.await?, entries))
    }

    async fn company(&self, name: &str, scale: Scale) -> anyhow::Result<PathBuf> {
        let dir = self.path(name);
        eprintln!("bench: making a company of {} risks", scale.risks);
        data::fill(&dir, |today| data::company(scale, self.seed, today)).await?;
        Ok(dir)
    }
}

/// A directory of our own, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(beside: &Path) -> anyhow::Result<Self> {
        let dir = beside.join(format!("bench-scratch-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where this program lies.
pub(crate) fn here() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program does not know where it lies")
}

/// Runs cargo at the root of the workspace.
pub(crate) fn cargo(args: &[&str], target: Option<&Path>) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the bench is nowhere")?;
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root);
    if let Some(target) = target {
        command.arg("--target-dir").arg(target);
    }
    if !command.status().context("cannot run cargo")?.success() {
        bail!("cargo {} failed", args.join(" "));
    }
    Ok(())
}
