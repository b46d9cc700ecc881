"""Installation of authapp in a Reflex app. This folder is not named `install`, the name of the public function."""
