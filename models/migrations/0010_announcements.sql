-- Whether a resident wants announcements; urgent ones come all the same. 1: yes.
ALTER TABLE resident ADD COLUMN announcements INTEGER NOT NULL DEFAULT 1;
