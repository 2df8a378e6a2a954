CREATE TABLE "documents" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"outline" json NOT NULL,
	"content" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "downloads" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"count" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spec_tokens" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"tokens" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "specs" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"slug" text COLLATE "C" NOT NULL,
	"title" text COLLATE "C" NOT NULL,
	"title_key" text COLLATE "C" NOT NULL,
	"summary" text COLLATE "C",
	"owner_id" text COLLATE "C" NOT NULL,
	"visibility" text COLLATE "C" NOT NULL,
	"tags" json NOT NULL,
	"format" text COLLATE "C" NOT NULL,
	"latest_id" text COLLATE "C",
	"open" boolean NOT NULL,
	"revision" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"spec_id" text COLLATE "C" NOT NULL,
	"version" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"document_id" text COLLATE "C" NOT NULL,
	"format" text COLLATE "C" NOT NULL,
	"media_type" text COLLATE "C" NOT NULL,
	"bytes" bigint NOT NULL,
	"valid" boolean,
	"findings" json NOT NULL,
	"operations" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "downloads" ADD CONSTRAINT "downloads_id_specs_id_fk" FOREIGN KEY ("id") REFERENCES "public"."specs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spec_tokens" ADD CONSTRAINT "spec_tokens_id_specs_id_fk" FOREIGN KEY ("id") REFERENCES "public"."specs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "specs" ADD CONSTRAINT "specs_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_spec_id_specs_id_fk" FOREIGN KEY ("spec_id") REFERENCES "public"."specs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "downloads_count" ON "downloads" USING btree ("count","id");--> statement-breakpoint
CREATE UNIQUE INDEX "specs_slug_unique" ON "specs" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "specs_created" ON "specs" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "specs_updated" ON "specs" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "specs_title" ON "specs" USING btree ("title_key","id");--> statement-breakpoint
CREATE INDEX "specs_open_created" ON "specs" USING btree ("open","created_at","id");--> statement-breakpoint
CREATE INDEX "specs_open_updated" ON "specs" USING btree ("open","updated_at","id");--> statement-breakpoint
CREATE INDEX "specs_open_title" ON "specs" USING btree ("open","title_key","id");--> statement-breakpoint
CREATE INDEX "specs_owner" ON "specs" USING btree ("owner_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "versions_spec_id_version_unique" ON "versions" USING btree ("spec_id","version");--> statement-breakpoint
CREATE INDEX "versions_created" ON "versions" USING btree ("spec_id","created_at","id");--> statement-breakpoint
CREATE INDEX "versions_document" ON "versions" USING btree ("document_id");--> statement-breakpoint
-- Gzipped already: the server need not try to make it smaller.
ALTER TABLE "documents" ALTER COLUMN "content" SET STORAGE EXTERNAL;--> statement-breakpoint
-- Written by hand: the index of the words. Searching must not wait for a list of what is not in it yet.
ALTER TABLE "spec_tokens" ADD COLUMN "vector" tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array("tokens", ' '))) STORED;--> statement-breakpoint
CREATE INDEX "spec_tokens_vector" ON "spec_tokens" USING gin ("vector") WITH (fastupdate = off);
