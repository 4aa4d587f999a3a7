//! `cargo xtask vm`, end to end, with a stand-in for Windows: Debian's kernel and busybox.
//!
//! Shown: that the command runs, by software where KVM does not work; that the device is on the bus, has its registers and
//! interrupts by its line; what the ISO holds; that files and the exit code arrive, the time limit holds, and the disk is
//! left as it was. Not shown: Windows, and its unattended installation.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use xtask::needs::installed;

/// The kernel for virtual machines: small, with drivers for what QEMU has.
const KERNEL: &str = "linux-image-cloud-amd64";
const MODULES: &[&str] = &["ata_piix", "sr_mod", "isofs", "uio_pci_generic"];

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("vm").join(name)
}

/// Runs a program, which succeeds, and answers its output.
fn succeed(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!(
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// A kernel and an initramfs.
struct Guest {
    kernel: PathBuf,
    initramfs: PathBuf,
}

/// Makes the guest from Debian's packages, which are downloaded once and unpacked, not installed.
fn guest() -> Result<Guest, String> {
    for program in ["qemu-system-x86_64", "qemu-img", "xorriso", "cpio"] {
        if !installed(program) {
            return Err(format!(
                "{program} is missing: run `cargo xtask setup --vm`"
            ));
        }
    }
    let packages = temporary("packages");
    let tree = temporary("packages/tree");
    if !tree.join("bin/busybox").exists() {
        fs::create_dir_all(&packages).map_err(|error| error.to_string())?;
        let depends = succeed(Command::new("apt-cache").args(["depends", KERNEL]))?;
        let image = depends
            .lines()
            .find_map(|line| line.trim().strip_prefix("Depends: "))
            .ok_or("the kernel's package is not known to apt")?
            .to_owned();
        succeed(
            Command::new("apt-get")
                .args(["download", &image, "busybox-static"])
                .current_dir(&packages),
        )?;
        for entry in fs::read_dir(&packages).map_err(|error| error.to_string())? {
            let package = entry.map_err(|error| error.to_string())?.path();
            if package.extension().is_some_and(|ending| ending == "deb") {
                succeed(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&tree))?;
            }
        }
    }
    let first = |folder: PathBuf, start: &str| -> Result<PathBuf, String> {
        let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let mut paths = entries.flatten().map(|entry| entry.path());
        paths
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(start)
            })
            .ok_or(format!("no {start} in {}", folder.display()))
    };
    let kernel = first(tree.join("boot"), "vmlinuz-")?;
    let modules = first(tree.join("lib/modules"), "")?;
    Ok(Guest {
        kernel,
        initramfs: initramfs(&tree, &modules)?,
    })
}

/// The root file system: busybox, some modules with what they depend on, and the guest's script.
fn initramfs(tree: &Path, modules: &Path) -> Result<PathBuf, String> {
    let root = temporary("root");
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| error.to_string())?;
    }
    for folder in ["bin", "proc", "sys", "dev"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::copy(tree.join("bin/busybox"), root.join("bin/busybox")).unwrap();
    succeed(
        Command::new("ln")
            .args(["-s", "busybox"])
            .arg(root.join("bin/sh")),
    )?;

    // depmod writes the list that says what each module takes.
    let version = modules.file_name().unwrap().to_str().unwrap();
    let busybox = tree.join("bin/busybox");
    succeed(
        Command::new(busybox)
            .arg("depmod")
            .arg("-b")
            .arg(tree)
            .arg(version),
    )?;
    let list = fs::read_to_string(modules.join("modules.dep")).unwrap();
    let to = root.join("lib/modules").join(version);
    let mut wanted: Vec<String> = Vec::new();
    for module in MODULES {
        let line = list
            .lines()
            .find(|line| {
                line.split(':')
                    .next()
                    .unwrap()
                    .ends_with(&format!("/{module}.ko"))
            })
            .ok_or(format!("the kernel has no module {module}"))?;
        wanted.extend(line.replace(':', "").split_whitespace().map(str::to_owned));
    }
    for file in &wanted {
        fs::create_dir_all(to.join(file).parent().unwrap()).unwrap();
        fs::copy(modules.join(file), to.join(file)).unwrap();
    }
    for file in ["modules.dep", "modules.alias"] {
        fs::copy(modules.join(file), to.join(file)).unwrap();
    }
    let init = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/guest/init");
    fs::copy(init, root.join("init")).unwrap();
    succeed(Command::new("chmod").args(["-R", "755"]).arg(&root))?;

    let file = temporary("initramfs");
    succeed(
        Command::new("sh")
            .args(["-c", "find . | cpio --quiet -o -H newc > \"$0\""])
            .arg(&file)
            .current_dir(&root),
    )?;
    Ok(file)
}

/// The guest, or why there is none. A machine of GitHub must have it.
fn guest_here() -> Option<Guest> {
    fs::create_dir_all(temporary("")).unwrap();
    match guest() {
        Ok(guest) => Some(guest),
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{why}");
            None
        }
    }
}

/// A folder that looks like a package.
fn package() -> PathBuf {
    let folder = temporary("package");
    fs::create_dir_all(folder.join("scripts")).unwrap();
    fs::write(folder.join("dirql_driver.inf"), "; the INF\r\n".repeat(100)).unwrap();
    fs::write(folder.join("scripts/Install-Dirql.ps1"), "# a script").unwrap();
    folder
}

/// `cargo xtask vm` with the guest; `append` goes to its kernel.
fn vm(guest: &Guest, disk: &Path, options: &[&str], append: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["vm", "--memory", "256", "--image"])
        .arg(disk)
        .arg("--package")
        .arg(package())
        .args(options)
        .args(["--", "-no-reboot", "-kernel"])
        .arg(&guest.kernel)
        .arg("-initrd")
        .arg(&guest.initramfs)
        .args(["-append", append])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

// One test: the runs share a folder, and a guest takes a processor.
#[test]
fn a_guest_finds_the_device_and_the_package_and_its_report_comes_back() {
    let Some(guest) = guest_here() else { return };
    let disk = temporary("disk.raw");
    fs::write(&disk, vec![0x5a; 1 << 20]).unwrap();

    let output = vm(
        &guest,
        &disk,
        &["--limit", "5"],
        "console=ttyS0 quiet panic=-1",
    );
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}\n{told}");
    // The register script on QEMU's device, seen from a guest.
    for line in [
        "guest: edu is at 0000:00:",
        "guest: identification 0x010000ED",
        "guest: liveness 0xEDCBA987",
        "guest: raised: interrupts 1 causes 0x00000005",
        "guest: acknowledged some: causes 0x00000004",
        "guest: unmasked: interrupts 2 causes 0x0000000C",
        "guest: acknowledged all: causes 0x00000000",
        "guest: computed: interrupts 3 factorial 0x7328CC00 causes 0x00000001",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    // The report, as a run is told.
    assert!(
        told.contains("reads_the_identification_of_the_edu_device"),
        "{told}"
    );
    assert!(told.contains("1 passed, 0 failed"), "{told}");

    let results = said
        .lines()
        .find_map(|line| line.split("files: ").nth(1))
        .unwrap();
    let files = fs::read_to_string(Path::new(results).join("files.txt")).unwrap();
    assert_eq!(files, "./dirql_driver.inf\n./scripts/Install-Dirql.ps1\n");
    let inf = fs::read(Path::new(results).join("dirql_driver.inf")).unwrap();
    assert_eq!(inf, fs::read(package().join("dirql_driver.inf")).unwrap());
    assert_eq!(
        fs::read(&disk).unwrap(),
        vec![0x5a; 1 << 20],
        "the disk was written to"
    );

    // A kernel without this console says nothing and never ends.
    let silent = vm(&guest, &disk, &["--limit", "0"], "quiet");
    assert_eq!(silent.status.code(), Some(1));
    let said = String::from_utf8_lossy(&silent.stderr);
    assert!(said.contains("no exit code within 0 minutes"), "{said}");
}

#[test]
fn what_is_missing_is_said_before_a_machine_is_started() {
    let vm = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .arg("vm")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command.output().unwrap()
    };
    assert_eq!(vm(&[]).status.code(), Some(2));
    assert_eq!(
        vm(&["--image", "x", "--accel", "hax"]).status.code(),
        Some(2)
    );
    let absent = vm(&["--image", "no/such/disk", "--package", "no/such/package"]);
    assert_eq!(absent.status.code(), Some(1));
    assert_eq!(absent.stdout, b"");
}
