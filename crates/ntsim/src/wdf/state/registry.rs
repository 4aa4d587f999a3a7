//! The registry, as far as the framework opens it for a driver.

use std::collections::BTreeMap;

/// A key that the framework opens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryKey {
    /// The service's `Parameters`.
    Parameters,
    /// The device's hardware key (`PLUGPLAY_REGKEY_DEVICE`).
    Device,
    /// The device's software key (`PLUGPLAY_REGKEY_DRIVER`).
    Driver,
    /// A key below `\Registry\Machine\Hardware\DeviceMap`, by its name.
    DeviceMap(String),
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_SZ`.
    Text(String),
}

/// What the keys hold. Case does not matter in names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    keys: BTreeMap<RegistryKey, BTreeMap<String, RegistryValue>>,
    /// What each handle of the framework's names.
    pub(in crate::wdf) open: BTreeMap<u64, RegistryKey>,
}

impl Registry {
    pub(crate) fn set(&mut self, key: &RegistryKey, name: &str, value: RegistryValue) {
        let values = self.keys.entry(key.clone()).or_default();
        values.insert(name.to_uppercase(), value);
    }

    pub(in crate::wdf) fn get(&self, key: &RegistryKey, name: &str) -> Option<&RegistryValue> {
        self.keys.get(key)?.get(&name.to_uppercase())
    }

    /// Whether there was such a value, which is gone.
    pub(in crate::wdf) fn remove(&mut self, key: &RegistryKey, name: &str) -> bool {
        let values = self.keys.get_mut(key);
        values.is_some_and(|values| values.remove(&name.to_uppercase()).is_some())
    }

    /// Whether there was such a key, which is gone with its values.
    pub(in crate::wdf) fn remove_key(&mut self, key: &RegistryKey) -> bool {
        self.keys.remove(key).is_some()
    }

    /// Makes the key where there is none.
    pub(in crate::wdf) fn make_key(&mut self, key: &RegistryKey) {
        self.keys.entry(key.clone()).or_default();
    }
}
