CREATE TABLE `documents` (
	`id` text PRIMARY KEY NOT NULL,
	`outline` text NOT NULL,
	`content` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `downloads` (
	`id` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	FOREIGN KEY (`id`) REFERENCES `specs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `downloads_count` ON `downloads` (`count`,`id`);--> statement-breakpoint
CREATE TABLE `spec_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`tokens` text NOT NULL,
	FOREIGN KEY (`id`) REFERENCES `specs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `specs` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`title_key` text NOT NULL,
	`summary` text,
	`owner_id` text NOT NULL,
	`visibility` text NOT NULL,
	`tags` text NOT NULL,
	`format` text NOT NULL,
	`latest_id` text,
	`open` integer NOT NULL,
	`revision` integer NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `specs_slug_unique` ON `specs` (`slug`);--> statement-breakpoint
CREATE INDEX `specs_created` ON `specs` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `specs_updated` ON `specs` (`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `specs_title` ON `specs` (`title_key`,`id`);--> statement-breakpoint
CREATE INDEX `specs_open_created` ON `specs` (`open`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `specs_open_updated` ON `specs` (`open`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `specs_open_title` ON `specs` (`open`,`title_key`,`id`);--> statement-breakpoint
CREATE INDEX `specs_owner` ON `specs` (`owner_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `versions` (
	`id` text PRIMARY KEY NOT NULL,
	`spec_id` text NOT NULL,
	`version` text NOT NULL,
	`state` text NOT NULL,
	`document_id` text NOT NULL,
	`format` text NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`valid` integer,
	`findings` text NOT NULL,
	`operations` integer NOT NULL,
	`created_at` text NOT NULL,
	FOREIGN KEY (`spec_id`) REFERENCES `specs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`document_id`) REFERENCES `documents`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `versions_spec_id_version_unique` ON `versions` (`spec_id`,`version`);--> statement-breakpoint
CREATE INDEX `versions_created` ON `versions` (`spec_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `versions_document` ON `versions` (`document_id`);--> statement-breakpoint
-- Written by hand: the index of the words, which follows spec_tokens by triggers. A migration that rebuilds spec_tokens
-- loses them, and has to make them again. The numbers are kept apart: VACUUM may give a table other ones of its own.
CREATE TABLE `holdfast_search_rows` (
	`number` integer PRIMARY KEY NOT NULL,
	`spec_id` text NOT NULL UNIQUE
);
--> statement-breakpoint
CREATE VIRTUAL TABLE `holdfast_search` USING fts5(`tokens`, content='', contentless_delete=1, detail='none', prefix='2 3', tokenize='ascii tokenchars ''-.:''');--> statement-breakpoint
CREATE TRIGGER `spec_tokens_inserted` AFTER INSERT ON `spec_tokens` BEGIN
	INSERT INTO `holdfast_search_rows` (`spec_id`) VALUES (new.`id`);
	INSERT INTO `holdfast_search` (`rowid`, `tokens`) SELECT `number`, new.`tokens` FROM `holdfast_search_rows` WHERE `spec_id` = new.`id`;
END;--> statement-breakpoint
CREATE TRIGGER `spec_tokens_updated` AFTER UPDATE OF `tokens` ON `spec_tokens` WHEN old.`tokens` <> new.`tokens` BEGIN
	UPDATE `holdfast_search` SET `tokens` = new.`tokens` WHERE `rowid` = (SELECT `number` FROM `holdfast_search_rows` WHERE `spec_id` = new.`id`);
END;--> statement-breakpoint
CREATE TRIGGER `spec_tokens_deleted` AFTER DELETE ON `spec_tokens` BEGIN
	DELETE FROM `holdfast_search` WHERE `rowid` = (SELECT `number` FROM `holdfast_search_rows` WHERE `spec_id` = old.`id`);
	DELETE FROM `holdfast_search_rows` WHERE `spec_id` = old.`id`;
END;
