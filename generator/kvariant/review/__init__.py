# SPDX-License-Identifier: MIT
"""What an edit of Kconfig does: two trees, before and after, and everybody's configurations.

    Before, After --tree_changes--> TreeChanges --edits--> Edits
    Trees, fragments --configuration_changes--> ConfigurationChanges --responsible--> Rows

Every arrow is a function from frozen values to a frozen value; `revision` and `snapshot`
alone read git and write the folder in which the tree before is laid out.
"""
