CREATE TABLE account (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	username VARCHAR(40) COLLATE "C" NOT NULL,
	name VARCHAR(120) COLLATE "C" NOT NULL,
	staff INTEGER,
	roles TEXT NOT NULL,
	active BOOLEAN NOT NULL,
	language VARCHAR(40) COLLATE "C",
	theme VARCHAR(40) COLLATE "C" NOT NULL,
	large_type BOOLEAN NOT NULL,
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id)
)
--
CREATE TABLE centre (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	short_name VARCHAR(20) COLLATE "C",
	code VARCHAR(16) COLLATE "C" NOT NULL,
	legal_form VARCHAR(40) COLLATE "C" NOT NULL,
	credit_code VARCHAR(18) COLLATE "C",
	street_office VARCHAR(80) COLLATE "C",
	opened_on DATE,
	logo INTEGER,
	address VARCHAR(255) COLLATE "C",
	position VARCHAR(40),
	phone VARCHAR(32) COLLATE "C",
	email VARCHAR(254) COLLATE "C",
	website VARCHAR(2000) COLLATE "C",
	opens_at TIME WITHOUT TIME ZONE NOT NULL,
	closes_at TIME WITHOUT TIME ZONE NOT NULL,
	population INTEGER,
	households INTEGER,
	elderly INTEGER,
	building_area BIGINT,
	name__sort TEXT COLLATE "C" NOT NULL,
	street_office__sort TEXT COLLATE "C",
	PRIMARY KEY (id),
	CONSTRAINT ck_centre_elderly_within_population CHECK (elderly <= population)
)
--
CREATE TABLE department (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(16) COLLATE "C" NOT NULL,
	name VARCHAR(40) COLLATE "C" NOT NULL,
	layer VARCHAR(40) COLLATE "C" NOT NULL,
	parent INTEGER,
	head INTEGER,
	phone VARCHAR(32) COLLATE "C",
	quota INTEGER NOT NULL,
	duties TEXT COLLATE "C" NOT NULL,
	active BOOLEAN NOT NULL,
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id)
)
--
CREATE TABLE post (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(16) COLLATE "C" NOT NULL,
	name VARCHAR(40) COLLATE "C" NOT NULL,
	department INTEGER NOT NULL,
	layer VARCHAR(40) COLLATE "C" NOT NULL,
	headcount INTEGER NOT NULL,
	grade_min INTEGER,
	grade_max INTEGER,
	required_certificate VARCHAR(40) COLLATE "C" NOT NULL,
	duties TEXT COLLATE "C",
	active BOOLEAN NOT NULL,
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT ck_post_grades_in_order CHECK (grade_min <= grade_max)
)
--
CREATE TABLE staff (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	status VARCHAR(40) COLLATE "C" NOT NULL,
	name VARCHAR(20) COLLATE "C" NOT NULL,
	gender VARCHAR(40) COLLATE "C" NOT NULL,
	id_no VARCHAR(200) COLLATE "C",
	birth_on DATE,
	photo INTEGER,
	department INTEGER NOT NULL,
	post INTEGER NOT NULL,
	grade INTEGER,
	employment VARCHAR(40) COLLATE "C" NOT NULL,
	hired_on DATE NOT NULL,
	probation_ends_on DATE,
	left_on DATE,
	left_because VARCHAR(255) COLLATE "C",
	education VARCHAR(40) COLLATE "C",
	certificate VARCHAR(40) COLLATE "C" NOT NULL,
	certificate_no VARCHAR(64) COLLATE "C",
	certificate_ends_on DATE,
	extension VARCHAR(32) COLLATE "C",
	phone VARCHAR(200) COLLATE "C",
	email VARCHAR(254) COLLATE "C",
	note TEXT COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	id_no__hash VARCHAR(64) COLLATE "C",
	phone__hash VARCHAR(64) COLLATE "C",
	PRIMARY KEY (id),
	CONSTRAINT ck_staff_probation_after_hiring CHECK (probation_ends_on >= hired_on),
	CONSTRAINT ck_staff_left_after_hiring CHECK (left_on >= hired_on)
)
--
CREATE TABLE sequence (
	centre_id INTEGER NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	period VARCHAR(20) COLLATE "C" NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (centre_id, name, period)
)
--
CREATE TABLE file (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	sha256 VARCHAR(64) COLLATE "C" NOT NULL,
	name VARCHAR(255) COLLATE "C" NOT NULL,
	media_type VARCHAR(120) COLLATE "C" NOT NULL,
	size INTEGER NOT NULL,
	width INTEGER,
	height INTEGER,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	PRIMARY KEY (id)
)
--
CREATE TABLE change_set (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	account_id INTEGER,
	actor VARCHAR(160) COLLATE "C" NOT NULL,
	roles TEXT NOT NULL,
	source VARCHAR(20) COLLATE "C" NOT NULL,
	session VARCHAR(64) COLLATE "C" NOT NULL,
	action VARCHAR(40) COLLATE "C" NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (id)
)
--
CREATE TABLE comment (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	body TEXT NOT NULL,
	mentions TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	account_id INTEGER,
	actor VARCHAR(160) COLLATE "C" NOT NULL,
	deleted_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
--
CREATE TABLE notice (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	body TEXT NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
--
CREATE TABLE draft (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	body TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_draft UNIQUE (account_id, table_name, record_id)
)
--
CREATE TABLE saved_view (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	shared BOOLEAN NOT NULL,
	query TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
--
CREATE TABLE recent (
	account_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	centre_id INTEGER NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (account_id, table_name, record_id)
)
--
CREATE TABLE search_entry (
	id BIGINT NOT NULL,
	centre_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	live BOOLEAN NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (id)
)
--
CREATE TABLE asset_class (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(20) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	above INTEGER,
	"group" VARCHAR(40) COLLATE "C" NOT NULL,
	life_months INTEGER,
	threshold BIGINT NOT NULL,
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(above) REFERENCES asset_class (id),
	CONSTRAINT ck_asset_class_life_positive CHECK (life_months >= 1),
	CONSTRAINT ck_asset_class_threshold_not_negative CHECK (threshold >= 0)
)
--
CREATE TABLE calendar_day (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	falls_on DATE NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	name VARCHAR(40) COLLATE "C" NOT NULL,
	source VARCHAR(40) COLLATE "C" NOT NULL,
	document VARCHAR(64) COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id)
)
--
CREATE TABLE place (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(20) COLLATE "C" NOT NULL,
	name VARCHAR(60) COLLATE "C" NOT NULL,
	building VARCHAR(60) COLLATE "C",
	floor INTEGER,
	department INTEGER,
	keeper INTEGER,
	photo INTEGER,
	function VARCHAR(40) COLLATE "C" NOT NULL,
	area BIGINT NOT NULL,
	capacity INTEGER NOT NULL,
	public BOOLEAN NOT NULL,
	bookable BOOLEAN NOT NULL,
	accessibility TEXT,
	fire_exit_ok BOOLEAN NOT NULL,
	plan INTEGER,
	position VARCHAR(40),
	state VARCHAR(40) COLLATE "C" NOT NULL,
	state_note VARCHAR(255) COLLATE "C",
	reopens_on DATE,
	note TEXT COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(department) REFERENCES department (id),
	FOREIGN KEY(keeper) REFERENCES staff (id),
	FOREIGN KEY(photo) REFERENCES file (id),
	FOREIGN KEY(plan) REFERENCES file (id),
	CONSTRAINT ck_place_area_positive CHECK (area > 0),
	CONSTRAINT ck_place_capacity_not_negative CHECK (capacity >= 0)
)
--
CREATE TABLE facility_requirement (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	name VARCHAR(120) COLLATE "C" NOT NULL,
	measure VARCHAR(40) COLLATE "C" NOT NULL,
	function VARCHAR(40) COLLATE "C",
	minimum BIGINT,
	aim BIGINT,
	must_have TEXT,
	source VARCHAR(200) COLLATE "C" NOT NULL,
	note TEXT COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	CONSTRAINT ck_facility_requirement_minimum_not_negative CHECK (minimum >= 0),
	CONSTRAINT ck_facility_requirement_aim_above_minimum CHECK (aim >= minimum)
)
--
CREATE TABLE fund_source (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(16) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	restricted BOOLEAN NOT NULL,
	purpose TEXT COLLATE "C",
	issuer VARCHAR(80) COLLATE "C",
	doc_no VARCHAR(64) COLLATE "C",
	carry_over BOOLEAN NOT NULL,
	active BOOLEAN NOT NULL,
	note VARCHAR(255) COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	CONSTRAINT ck_fund_source_earmarked_is_restricted CHECK (kind != 'lottery' AND kind != 'party_service' OR restricted)
)
--
CREATE TABLE repair_deadline (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	priority VARCHAR(40) COLLATE "C" NOT NULL,
	response INTEGER NOT NULL,
	response_unit VARCHAR(40) COLLATE "C" NOT NULL,
	fix INTEGER NOT NULL,
	fix_unit VARCHAR(40) COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	CONSTRAINT ck_repair_deadline_response_positive CHECK (response >= 1),
	CONSTRAINT ck_repair_deadline_fix_positive CHECK (fix >= 1)
)
--
CREATE TABLE community (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(16) COLLATE "C" NOT NULL,
	name VARCHAR(40) COLLATE "C" NOT NULL,
	chair VARCHAR(20) COLLATE "C",
	phone VARCHAR(32) COLLATE "C",
	address VARCHAR(255) COLLATE "C",
	founded_on DATE,
	name__sort TEXT COLLATE "C" NOT NULL,
	chair__sort TEXT COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id)
)
--
CREATE TABLE assignment (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	staff INTEGER NOT NULL,
	post INTEGER NOT NULL,
	starts_on DATE NOT NULL,
	ends_on DATE,
	"primary" BOOLEAN NOT NULL,
	acting BOOLEAN NOT NULL,
	document VARCHAR(64) COLLATE "C",
	note VARCHAR(255) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(staff) REFERENCES staff (id),
	FOREIGN KEY(post) REFERENCES post (id),
	CONSTRAINT ck_assignment_ends_after_start CHECK (ends_on >= starts_on)
)
--
CREATE TABLE delegation (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	principal INTEGER NOT NULL,
	deputy INTEGER NOT NULL,
	duties TEXT NOT NULL,
	starts_on DATE NOT NULL,
	ends_on DATE NOT NULL,
	reason VARCHAR(255) COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(principal) REFERENCES staff (id),
	FOREIGN KEY(deputy) REFERENCES staff (id),
	CONSTRAINT ck_delegation_ends_after_start CHECK (ends_on >= starts_on),
	CONSTRAINT ck_delegation_not_to_oneself CHECK (principal != deputy)
)
--
CREATE TABLE resource_request (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	applicant INTEGER NOT NULL,
	department INTEGER NOT NULL,
	purpose VARCHAR(120) COLLATE "C" NOT NULL,
	needed_on DATE NOT NULL,
	note TEXT COLLATE "C",
	submitted_at TIMESTAMP WITH TIME ZONE,
	approver INTEGER,
	issuer INTEGER,
	issued_at TIMESTAMP WITH TIME ZONE,
	purpose__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(applicant) REFERENCES staff (id),
	FOREIGN KEY(department) REFERENCES department (id),
	FOREIGN KEY(approver) REFERENCES staff (id),
	FOREIGN KEY(issuer) REFERENCES staff (id)
)
--
CREATE TABLE stocktake (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	counted_on DATE NOT NULL,
	counter INTEGER NOT NULL,
	second_counter INTEGER,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	approved_by INTEGER,
	conclusion TEXT COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(counter) REFERENCES staff (id),
	FOREIGN KEY(second_counter) REFERENCES staff (id),
	FOREIGN KEY(approved_by) REFERENCES staff (id)
)
--
CREATE TABLE credential (
	account_id INTEGER NOT NULL,
	password_hash VARCHAR(200) COLLATE "C" NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (account_id),
	FOREIGN KEY(account_id) REFERENCES account (id)
)
--
CREATE TABLE attachment (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	file_id INTEGER NOT NULL,
	note VARCHAR(255) COLLATE "C",
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id),
	FOREIGN KEY(file_id) REFERENCES file (id)
)
--
CREATE TABLE change (
	id SERIAL NOT NULL,
	change_set_id INTEGER NOT NULL,
	centre_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	verb VARCHAR(20) COLLATE "C" NOT NULL,
	version INTEGER NOT NULL,
	"old" TEXT NOT NULL,
	"new" TEXT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(change_set_id) REFERENCES change_set (id)
)
--
CREATE TABLE event (
	id SERIAL NOT NULL,
	change_set_id INTEGER NOT NULL,
	centre_id INTEGER NOT NULL,
	table_name VARCHAR(63) COLLATE "C" NOT NULL,
	record_id INTEGER NOT NULL,
	move VARCHAR(40) COLLATE "C" NOT NULL,
	from_state VARCHAR(40) COLLATE "C",
	to_state VARCHAR(40) COLLATE "C" NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	account_id INTEGER,
	actor VARCHAR(160) COLLATE "C" NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(change_set_id) REFERENCES change_set (id)
)
--
CREATE TABLE asset (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	asset_class INTEGER NOT NULL,
	brand VARCHAR(60) COLLATE "C",
	model VARCHAR(120) COLLATE "C",
	serial VARCHAR(64) COLLATE "C",
	quantity INTEGER NOT NULL,
	unit VARCHAR(10) COLLATE "C" NOT NULL,
	photo INTEGER,
	place INTEGER NOT NULL,
	keeper INTEGER NOT NULL,
	department INTEGER,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	borrower VARCHAR(80) COLLATE "C",
	due_back DATE,
	bookable BOOLEAN NOT NULL,
	counted_on DATE,
	original_value BIGINT NOT NULL,
	source INTEGER NOT NULL,
	plate BOOLEAN NOT NULL,
	acquired_on DATE NOT NULL,
	in_service_on DATE,
	life_months INTEGER,
	removed_on DATE,
	origin VARCHAR(40) COLLATE "C" NOT NULL,
	supplier VARCHAR(80) COLLATE "C",
	contract VARCHAR(64) COLLATE "C",
	warranty_ends_on DATE,
	note TEXT COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(asset_class) REFERENCES asset_class (id),
	FOREIGN KEY(photo) REFERENCES file (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(keeper) REFERENCES staff (id),
	FOREIGN KEY(department) REFERENCES department (id),
	FOREIGN KEY(source) REFERENCES fund_source (id),
	CONSTRAINT ck_asset_value_positive CHECK (original_value > 0),
	CONSTRAINT ck_asset_quantity_positive CHECK (quantity >= 1),
	CONSTRAINT ck_asset_life_at_least_one CHECK (life_months >= 1),
	CONSTRAINT ck_asset_used_after_bought CHECK (in_service_on >= acquired_on),
	CONSTRAINT ck_asset_removed_after_bought CHECK (removed_on >= acquired_on)
)
--
CREATE TABLE opening_hours (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	place INTEGER,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	weekday VARCHAR(40) COLLATE "C",
	only_on DATE,
	opens_at TIME WITHOUT TIME ZONE NOT NULL,
	closes_at TIME WITHOUT TIME ZONE NOT NULL,
	valid_from DATE,
	valid_to DATE,
	note VARCHAR(255) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(place) REFERENCES place (id),
	CONSTRAINT ck_opening_hours_closes_after_opening CHECK (closes_at > opens_at)
)
--
CREATE TABLE closure_notice (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	place INTEGER,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reason VARCHAR(120) COLLATE "C" NOT NULL,
	instead TEXT COLLATE "C",
	phone VARCHAR(32) COLLATE "C",
	published_at TIMESTAMP WITH TIME ZONE,
	reason__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(place) REFERENCES place (id),
	CONSTRAINT ck_closure_notice_ends_after_start CHECK (ends_at > starts_at)
)
--
CREATE TABLE grid (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	code VARCHAR(16) COLLATE "C" NOT NULL,
	name VARCHAR(40) COLLATE "C" NOT NULL,
	community INTEGER NOT NULL,
	worker INTEGER,
	households INTEGER NOT NULL,
	population INTEGER NOT NULL,
	elderly INTEGER NOT NULL,
	bounds VARCHAR(255) COLLATE "C",
	position VARCHAR(40),
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(community) REFERENCES community (id),
	FOREIGN KEY(worker) REFERENCES staff (id),
	CONSTRAINT ck_grid_elderly_within_population CHECK (elderly <= population)
)
--
CREATE TABLE supply_item (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	sku VARCHAR(32) COLLATE "C" NOT NULL,
	name VARCHAR(80) COLLATE "C" NOT NULL,
	spec VARCHAR(120) COLLATE "C",
	category VARCHAR(40) COLLATE "C" NOT NULL,
	unit VARCHAR(10) COLLATE "C" NOT NULL,
	barcode VARCHAR(32) COLLATE "C",
	photo INTEGER,
	on_hand BIGINT NOT NULL,
	minimum BIGINT,
	maximum BIGINT,
	unit_price BIGINT NOT NULL,
	tracks_expiry BOOLEAN NOT NULL,
	returnable BOOLEAN NOT NULL,
	place INTEGER,
	keeper INTEGER,
	active BOOLEAN NOT NULL,
	note VARCHAR(255) COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	spec__sort TEXT COLLATE "C",
	unit__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(photo) REFERENCES file (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(keeper) REFERENCES staff (id),
	CONSTRAINT ck_supply_item_never_negative CHECK (on_hand >= 0),
	CONSTRAINT ck_supply_item_limits_in_order CHECK (maximum >= minimum)
)
--
CREATE TABLE stocktake__places (
	owner_id INTEGER NOT NULL,
	target_id INTEGER NOT NULL,
	centre_id INTEGER NOT NULL,
	PRIMARY KEY (owner_id, target_id),
	FOREIGN KEY(owner_id) REFERENCES stocktake (id) ON DELETE CASCADE,
	FOREIGN KEY(target_id) REFERENCES place (id) ON DELETE RESTRICT
)
--
CREATE TABLE disposal (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	reason VARCHAR(200) COLLATE "C" NOT NULL,
	applied_on DATE NOT NULL,
	applicant INTEGER NOT NULL,
	appraisal INTEGER,
	decided_on DATE,
	minutes INTEGER,
	approval_no VARCHAR(64) COLLATE "C",
	state VARCHAR(40) COLLATE "C" NOT NULL,
	approved_by INTEGER,
	executed_on DATE,
	receiver VARCHAR(120) COLLATE "C",
	proceeds BIGINT,
	stocktake INTEGER,
	reason__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(applicant) REFERENCES staff (id),
	FOREIGN KEY(appraisal) REFERENCES file (id),
	FOREIGN KEY(minutes) REFERENCES file (id),
	FOREIGN KEY(approved_by) REFERENCES staff (id),
	FOREIGN KEY(stocktake) REFERENCES stocktake (id),
	CONSTRAINT ck_disposal_proceeds_not_negative CHECK (proceeds >= 0),
	CONSTRAINT ck_disposal_decided_before_executed CHECK (executed_on >= decided_on)
)
--
CREATE TABLE asset_move (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	asset INTEGER NOT NULL,
	moved_on DATE NOT NULL,
	to_place INTEGER,
	to_keeper INTEGER,
	to_department INTEGER,
	borrower VARCHAR(80) COLLATE "C",
	due_back DATE,
	reason VARCHAR(200) COLLATE "C",
	from_place INTEGER,
	from_keeper INTEGER,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(to_place) REFERENCES place (id),
	FOREIGN KEY(to_keeper) REFERENCES staff (id),
	FOREIGN KEY(to_department) REFERENCES department (id),
	FOREIGN KEY(from_place) REFERENCES place (id),
	FOREIGN KEY(from_keeper) REFERENCES staff (id),
	CONSTRAINT ck_asset_move_back_after_lent CHECK (due_back >= moved_on)
)
--
CREATE TABLE depreciation (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	asset INTEGER NOT NULL,
	month DATE NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	asset_class INTEGER,
	"group" VARCHAR(40) COLLATE "C",
	department INTEGER,
	amount BIGINT NOT NULL,
	accumulated BIGINT NOT NULL,
	net BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(asset_class) REFERENCES asset_class (id),
	FOREIGN KEY(department) REFERENCES department (id)
)
--
CREATE TABLE booking (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	purpose VARCHAR(120) COLLATE "C" NOT NULL,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	place INTEGER,
	asset INTEGER,
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	party_size INTEGER NOT NULL,
	organiser INTEGER NOT NULL,
	contact VARCHAR(60) COLLATE "C",
	contact_phone VARCHAR(200) COLLATE "C",
	set_up TEXT COLLATE "C",
	attended INTEGER,
	hours BIGINT,
	missed BOOLEAN NOT NULL,
	weekday VARCHAR(40) COLLATE "C",
	hour INTEGER,
	purpose__sort TEXT COLLATE "C" NOT NULL,
	contact_phone__hash VARCHAR(64) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(organiser) REFERENCES staff (id),
	CONSTRAINT ck_booking_ends_after_start CHECK (ends_at > starts_at),
	CONSTRAINT ck_booking_party_size_positive CHECK (party_size >= 1),
	CONSTRAINT ck_booking_attended_not_negative CHECK (attended >= 0)
)
--
CREATE TABLE inspection_plan (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	name VARCHAR(120) COLLATE "C" NOT NULL,
	next_due DATE,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	asset INTEGER,
	place INTEGER,
	statutory BOOLEAN NOT NULL,
	basis VARCHAR(120) COLLATE "C",
	interval INTEGER NOT NULL,
	unit VARCHAR(40) COLLATE "C" NOT NULL,
	starts_on DATE NOT NULL,
	lead_days INTEGER,
	keeper INTEGER,
	vendor VARCHAR(80) COLLATE "C",
	checklist TEXT COLLATE "C",
	active BOOLEAN NOT NULL,
	last_done DATE,
	valid_until DATE,
	last_result VARCHAR(40) COLLATE "C",
	name__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(keeper) REFERENCES staff (id),
	CONSTRAINT ck_inspection_plan_interval_positive CHECK (interval >= 1),
	CONSTRAINT ck_inspection_plan_lead_not_negative CHECK (lead_days >= 0)
)
--
CREATE TABLE stock_lot (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	item INTEGER NOT NULL,
	lot_no VARCHAR(40) COLLATE "C" NOT NULL,
	made_on DATE,
	expires_on DATE NOT NULL,
	on_hand BIGINT NOT NULL,
	place INTEGER,
	note VARCHAR(255) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(item) REFERENCES supply_item (id),
	FOREIGN KEY(place) REFERENCES place (id),
	CONSTRAINT ck_stock_lot_never_negative CHECK (on_hand >= 0),
	CONSTRAINT ck_stock_lot_expires_after_making CHECK (expires_on >= made_on)
)
--
CREATE TABLE resource_request_line (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	request INTEGER NOT NULL,
	item INTEGER NOT NULL,
	quantity BIGINT NOT NULL,
	approved BIGINT,
	note VARCHAR(255) COLLATE "C",
	note__sort TEXT COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(request) REFERENCES resource_request (id),
	FOREIGN KEY(item) REFERENCES supply_item (id),
	CONSTRAINT ck_resource_request_line_not_more_than_asked CHECK (approved <= quantity)
)
--
CREATE TABLE stocktake_line (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	stocktake INTEGER NOT NULL,
	asset INTEGER,
	name VARCHAR(80) COLLATE "C",
	place INTEGER,
	keeper INTEGER,
	expected INTEGER NOT NULL,
	counted INTEGER,
	result VARCHAR(40) COLLATE "C" NOT NULL,
	found_in INTEGER,
	condition VARCHAR(40) COLLATE "C" NOT NULL,
	explanation VARCHAR(255) COLLATE "C",
	asset_class INTEGER,
	value BIGINT,
	name__sort TEXT COLLATE "C",
	explanation__sort TEXT COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(stocktake) REFERENCES stocktake (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(keeper) REFERENCES staff (id),
	FOREIGN KEY(found_in) REFERENCES place (id),
	FOREIGN KEY(asset_class) REFERENCES asset_class (id)
)
--
CREATE TABLE disposal_line (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	disposal INTEGER NOT NULL,
	asset INTEGER NOT NULL,
	quantity INTEGER,
	original_value BIGINT,
	net BIGINT,
	lottery BOOLEAN NOT NULL,
	note VARCHAR(200) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(disposal) REFERENCES disposal (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	CONSTRAINT ck_disposal_line_quantity_positive CHECK (quantity >= 1)
)
--
CREATE TABLE inspection_plan__places (
	owner_id INTEGER NOT NULL,
	target_id INTEGER NOT NULL,
	centre_id INTEGER NOT NULL,
	PRIMARY KEY (owner_id, target_id),
	FOREIGN KEY(owner_id) REFERENCES inspection_plan (id) ON DELETE CASCADE,
	FOREIGN KEY(target_id) REFERENCES place (id) ON DELETE RESTRICT
)
--
CREATE TABLE inspection_record (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	plan INTEGER NOT NULL,
	done_on DATE NOT NULL,
	inspector INTEGER,
	firm VARCHAR(80) COLLATE "C",
	result VARCHAR(40) COLLATE "C" NOT NULL,
	findings TEXT COLLATE "C",
	certificate_no VARCHAR(64) COLLATE "C",
	valid_until DATE,
	report INTEGER,
	photo INTEGER,
	cost BIGINT,
	due_on DATE,
	on_time BOOLEAN NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(plan) REFERENCES inspection_plan (id),
	FOREIGN KEY(inspector) REFERENCES staff (id),
	FOREIGN KEY(report) REFERENCES file (id),
	FOREIGN KEY(photo) REFERENCES file (id),
	CONSTRAINT ck_inspection_record_valid_after_done CHECK (valid_until > done_on),
	CONSTRAINT ck_inspection_record_cost_not_negative CHECK (cost >= 0)
)
--
CREATE TABLE stock_move (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	reverses INTEGER,
	kind VARCHAR(40) COLLATE "C" NOT NULL,
	item INTEGER NOT NULL,
	lot INTEGER,
	quantity BIGINT NOT NULL,
	unit_price BIGINT,
	moved_on DATE NOT NULL,
	receiver INTEGER,
	department INTEGER,
	request INTEGER,
	request_line INTEGER,
	supplier VARCHAR(80) COLLATE "C",
	document VARCHAR(64) COLLATE "C",
	approved_by INTEGER,
	reason VARCHAR(255) COLLATE "C",
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(reverses) REFERENCES stock_move (id),
	FOREIGN KEY(item) REFERENCES supply_item (id),
	FOREIGN KEY(lot) REFERENCES stock_lot (id),
	FOREIGN KEY(receiver) REFERENCES staff (id),
	FOREIGN KEY(department) REFERENCES department (id),
	FOREIGN KEY(request) REFERENCES resource_request (id),
	FOREIGN KEY(request_line) REFERENCES resource_request_line (id),
	FOREIGN KEY(approved_by) REFERENCES staff (id)
)
--
CREATE TABLE work_order (
	id SERIAL NOT NULL,
	centre_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_by INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_by INTEGER,
	deleted_at TIMESTAMP WITH TIME ZONE,
	deleted_by INTEGER,
	no VARCHAR(64) COLLATE "C" NOT NULL,
	fault VARCHAR(120) COLLATE "C" NOT NULL,
	state VARCHAR(40) COLLATE "C" NOT NULL,
	description TEXT COLLATE "C",
	asset INTEGER,
	place INTEGER,
	trade VARCHAR(40) COLLATE "C" NOT NULL,
	priority VARCHAR(40) COLLATE "C" NOT NULL,
	due TIMESTAMP WITH TIME ZONE,
	out_of_use BOOLEAN NOT NULL,
	came_from VARCHAR(40) COLLATE "C" NOT NULL,
	reporter INTEGER,
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	before INTEGER,
	inspection INTEGER,
	assignee INTEGER,
	vendor VARCHAR(80) COLLATE "C",
	responded_at TIMESTAMP WITH TIME ZONE,
	fixed_at TIMESTAMP WITH TIME ZONE,
	response_due TIMESTAMP WITH TIME ZONE,
	fix_due TIMESTAMP WITH TIME ZONE,
	on_time BOOLEAN NOT NULL,
	cause VARCHAR(40) COLLATE "C",
	solution TEXT COLLATE "C",
	parts_cost BIGINT NOT NULL,
	labour_cost BIGINT NOT NULL,
	cost BIGINT NOT NULL,
	downtime BIGINT NOT NULL,
	after INTEGER,
	fixed_by INTEGER,
	asset_was VARCHAR(40) COLLATE "C",
	accepted_by INTEGER,
	fault__sort TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(centre_id) REFERENCES centre (id),
	FOREIGN KEY(created_by) REFERENCES account (id),
	FOREIGN KEY(updated_by) REFERENCES account (id),
	FOREIGN KEY(deleted_by) REFERENCES account (id),
	FOREIGN KEY(asset) REFERENCES asset (id),
	FOREIGN KEY(place) REFERENCES place (id),
	FOREIGN KEY(reporter) REFERENCES staff (id),
	FOREIGN KEY(before) REFERENCES file (id),
	FOREIGN KEY(inspection) REFERENCES inspection_record (id),
	FOREIGN KEY(assignee) REFERENCES staff (id),
	FOREIGN KEY(after) REFERENCES file (id),
	FOREIGN KEY(fixed_by) REFERENCES staff (id),
	FOREIGN KEY(accepted_by) REFERENCES staff (id),
	CONSTRAINT ck_work_order_parts_cost_not_negative CHECK (parts_cost >= 0),
	CONSTRAINT ck_work_order_labour_cost_not_negative CHECK (labour_cost >= 0),
	CONSTRAINT ck_work_order_downtime_not_negative CHECK (downtime >= 0)
)
--
ALTER TABLE centre ADD FOREIGN KEY(centre_id) REFERENCES centre (id)
--
ALTER TABLE department ADD FOREIGN KEY(head) REFERENCES staff (id)
--
ALTER TABLE centre ADD FOREIGN KEY(logo) REFERENCES file (id)
--
ALTER TABLE post ADD FOREIGN KEY(deleted_by) REFERENCES account (id)
--
ALTER TABLE centre ADD FOREIGN KEY(created_by) REFERENCES account (id)
--
ALTER TABLE post ADD FOREIGN KEY(centre_id) REFERENCES centre (id)
--
ALTER TABLE account ADD FOREIGN KEY(updated_by) REFERENCES account (id)
--
ALTER TABLE post ADD FOREIGN KEY(created_by) REFERENCES account (id)
--
ALTER TABLE staff ADD FOREIGN KEY(updated_by) REFERENCES account (id)
--
ALTER TABLE account ADD FOREIGN KEY(created_by) REFERENCES account (id)
--
ALTER TABLE department ADD FOREIGN KEY(updated_by) REFERENCES account (id)
--
ALTER TABLE post ADD FOREIGN KEY(department) REFERENCES department (id)
--
ALTER TABLE account ADD FOREIGN KEY(deleted_by) REFERENCES account (id)
--
ALTER TABLE staff ADD FOREIGN KEY(deleted_by) REFERENCES account (id)
--
ALTER TABLE centre ADD FOREIGN KEY(updated_by) REFERENCES account (id)
--
ALTER TABLE staff ADD FOREIGN KEY(post) REFERENCES post (id)
--
ALTER TABLE staff ADD FOREIGN KEY(department) REFERENCES department (id)
--
ALTER TABLE department ADD FOREIGN KEY(deleted_by) REFERENCES account (id)
--
ALTER TABLE account ADD FOREIGN KEY(centre_id) REFERENCES centre (id)
--
ALTER TABLE centre ADD FOREIGN KEY(deleted_by) REFERENCES account (id)
--
ALTER TABLE department ADD FOREIGN KEY(centre_id) REFERENCES centre (id)
--
ALTER TABLE staff ADD FOREIGN KEY(centre_id) REFERENCES centre (id)
--
ALTER TABLE department ADD FOREIGN KEY(created_by) REFERENCES account (id)
--
ALTER TABLE post ADD FOREIGN KEY(updated_by) REFERENCES account (id)
--
ALTER TABLE department ADD FOREIGN KEY(parent) REFERENCES department (id)
--
ALTER TABLE account ADD FOREIGN KEY(staff) REFERENCES staff (id)
--
ALTER TABLE staff ADD FOREIGN KEY(created_by) REFERENCES account (id)
--
ALTER TABLE staff ADD FOREIGN KEY(photo) REFERENCES file (id)
--
CREATE INDEX ix_account_active_id ON account (centre_id, active, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_account_active_username_id ON account (centre_id, active, username, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_account_name__sort_id ON account (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_account_staff_id ON account (centre_id, staff NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_account_staff_username_id ON account (centre_id, staff NULLS FIRST, username, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_account_username_id ON account (centre_id, username, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_acquired_on_id ON asset (centre_id, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_asset_class_acquired_on_id ON asset (centre_id, asset_class, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_asset_class_id ON asset (centre_id, asset_class, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_bookable_acquired_on_id ON asset (centre_id, bookable, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_above_code_id ON asset_class (centre_id, above NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_above_id ON asset_class (centre_id, above NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_code_id ON asset_class (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_group_code_id ON asset_class (centre_id, "group", code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_group_id ON asset_class (centre_id, "group", id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_life_months_id ON asset_class (centre_id, life_months NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_class_name__sort_id ON asset_class (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_counted_on_acquired_on_id ON asset (centre_id, counted_on NULLS FIRST, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_department_acquired_on_id ON asset (centre_id, department NULLS FIRST, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_due_back_acquired_on_id ON asset (centre_id, due_back NULLS FIRST, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_keeper_acquired_on_id ON asset (centre_id, keeper, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_keeper_id ON asset (centre_id, keeper, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_asset_id ON asset_move (centre_id, asset, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_asset_moved_on_id ON asset_move (centre_id, asset, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_from_keeper_moved_on_id ON asset_move (centre_id, from_keeper NULLS FIRST, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_from_place_moved_on_id ON asset_move (centre_id, from_place NULLS FIRST, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_kind_id ON asset_move (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_kind_moved_on_id ON asset_move (centre_id, kind, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_moved_on_id ON asset_move (centre_id, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_no_id ON asset_move (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_to_department_moved_on_id ON asset_move (centre_id, to_department NULLS FIRST, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_to_keeper_id ON asset_move (centre_id, to_keeper NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_to_keeper_moved_on_id ON asset_move (centre_id, to_keeper NULLS FIRST, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_to_place_id ON asset_move (centre_id, to_place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_move_to_place_moved_on_id ON asset_move (centre_id, to_place NULLS FIRST, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_name__sort_id ON asset (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_no_id ON asset (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_origin_acquired_on_id ON asset (centre_id, origin, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_original_value_id ON asset (centre_id, original_value, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_place_acquired_on_id ON asset (centre_id, place, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_place_id ON asset (centre_id, place, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_plate_acquired_on_id ON asset (centre_id, plate, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_quantity_id ON asset (centre_id, quantity, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_removed_on_acquired_on_id ON asset (centre_id, removed_on NULLS FIRST, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_source_acquired_on_id ON asset (centre_id, source, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_source_id ON asset (centre_id, source, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_state_acquired_on_id ON asset (centre_id, state, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_state_id ON asset (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_asset_warranty_ends_on_acquired_on_id ON asset (centre_id, warranty_ends_on NULLS FIRST, acquired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_acting_id ON assignment (centre_id, acting, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_acting_starts_on_id ON assignment (centre_id, acting, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_ends_on_id ON assignment (centre_id, ends_on NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_ends_on_starts_on_id ON assignment (centre_id, ends_on NULLS FIRST, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_post_id ON assignment (centre_id, post, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_post_starts_on_id ON assignment (centre_id, post, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_primary_id ON assignment (centre_id, "primary", id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_primary_starts_on_id ON assignment (centre_id, "primary", starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_staff_id ON assignment (centre_id, staff, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_staff_starts_on_id ON assignment (centre_id, staff, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_assignment_starts_on_id ON assignment (centre_id, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_attachment_file_id ON attachment (file_id)
--
CREATE INDEX ix_attachment_record ON attachment (centre_id, table_name, record_id)
--
CREATE INDEX ix_booking_asset_starts_at_id ON booking (centre_id, asset NULLS FIRST, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_contact_phone__hash ON booking (centre_id, contact_phone__hash NULLS FIRST) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_ends_at_id ON booking (centre_id, ends_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_kind_id ON booking (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_kind_starts_at_id ON booking (centre_id, kind, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_no_id ON booking (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_organiser_id ON booking (centre_id, organiser, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_organiser_starts_at_id ON booking (centre_id, organiser, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_place_id ON booking (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_place_starts_at_id ON booking (centre_id, place NULLS FIRST, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_purpose__sort_id ON booking (centre_id, purpose__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_starts_at_id ON booking (centre_id, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_state_id ON booking (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_booking_state_starts_at_id ON booking (centre_id, state, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_falls_on_id ON calendar_day (centre_id, falls_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_kind_falls_on_id ON calendar_day (centre_id, kind, falls_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_kind_id ON calendar_day (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_name__sort_id ON calendar_day (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_source_falls_on_id ON calendar_day (centre_id, source, falls_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_calendar_day_source_id ON calendar_day (centre_id, source, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_code_id ON centre (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_legal_form_id ON centre (centre_id, legal_form, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_legal_form_name__sort_id ON centre (centre_id, legal_form, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_name__sort_id ON centre (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_phone_id ON centre (centre_id, phone NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_population_id ON centre (centre_id, population NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_centre_street_office__sort_id ON centre (centre_id, street_office__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_change_record ON change (centre_id, table_name, record_id, id)
--
CREATE INDEX ix_change_set ON change (change_set_id, id)
--
CREATE INDEX ix_change_set_account ON change_set (centre_id, account_id, id)
--
CREATE INDEX ix_change_set_centre ON change_set (centre_id, id)
--
CREATE INDEX ix_closure_notice_ends_at_id ON closure_notice (centre_id, ends_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_ends_at_starts_at_id ON closure_notice (centre_id, ends_at, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_kind_id ON closure_notice (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_kind_starts_at_id ON closure_notice (centre_id, kind, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_no_id ON closure_notice (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_place_id ON closure_notice (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_place_starts_at_id ON closure_notice (centre_id, place NULLS FIRST, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_published_at_id ON closure_notice (centre_id, published_at NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_reason__sort_id ON closure_notice (centre_id, reason__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_starts_at_id ON closure_notice (centre_id, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_state_id ON closure_notice (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_closure_notice_state_starts_at_id ON closure_notice (centre_id, state, starts_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_comment_record ON comment (centre_id, table_name, record_id, id)
--
CREATE INDEX ix_community_chair__sort_id ON community (centre_id, chair__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_community_code_id ON community (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_community_name__sort_id ON community (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_community_phone_id ON community (centre_id, phone NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_deputy_id ON delegation (centre_id, deputy, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_deputy_starts_on_id ON delegation (centre_id, deputy, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_ends_on_id ON delegation (centre_id, ends_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_ends_on_starts_on_id ON delegation (centre_id, ends_on, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_no_id ON delegation (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_principal_id ON delegation (centre_id, principal, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_principal_starts_on_id ON delegation (centre_id, principal, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_starts_on_id ON delegation (centre_id, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_state_id ON delegation (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_delegation_state_starts_on_id ON delegation (centre_id, state, starts_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_active_code_id ON department (centre_id, active, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_active_id ON department (centre_id, active, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_code_id ON department (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_head_code_id ON department (centre_id, head NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_head_id ON department (centre_id, head NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_layer_code_id ON department (centre_id, layer, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_layer_id ON department (centre_id, layer, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_name__sort_id ON department (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_parent_code_id ON department (centre_id, parent NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_parent_id ON department (centre_id, parent NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_department_quota_id ON department (centre_id, quota, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_accumulated_id ON depreciation (centre_id, accumulated, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_amount_id ON depreciation (centre_id, amount, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_asset_class_id ON depreciation (centre_id, asset_class NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_asset_class_month_id ON depreciation (centre_id, asset_class NULLS FIRST, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_asset_id ON depreciation (centre_id, asset, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_asset_month_id ON depreciation (centre_id, asset, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_department_month_id ON depreciation (centre_id, department NULLS FIRST, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_group_month_id ON depreciation (centre_id, "group" NULLS FIRST, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_kind_id ON depreciation (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_kind_month_id ON depreciation (centre_id, kind, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_month_id ON depreciation (centre_id, month, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_depreciation_net_id ON depreciation (centre_id, net, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_applicant_applied_on_id ON disposal (centre_id, applicant, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_applicant_id ON disposal (centre_id, applicant, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_applied_on_id ON disposal (centre_id, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_approved_by_applied_on_id ON disposal (centre_id, approved_by NULLS FIRST, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_executed_on_applied_on_id ON disposal (centre_id, executed_on NULLS FIRST, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_kind_applied_on_id ON disposal (centre_id, kind, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_kind_id ON disposal (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_asset_id ON disposal_line (centre_id, asset, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_disposal_id ON disposal_line (centre_id, disposal, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_id ON disposal_line (centre_id, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_lottery_id ON disposal_line (centre_id, lottery, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_net_id ON disposal_line (centre_id, net NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_original_value_id ON disposal_line (centre_id, original_value NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_line_quantity_id ON disposal_line (centre_id, quantity NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_no_id ON disposal (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_reason__sort_id ON disposal (centre_id, reason__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_state_applied_on_id ON disposal (centre_id, state, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_state_id ON disposal (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_disposal_stocktake_applied_on_id ON disposal (centre_id, stocktake NULLS FIRST, applied_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_event_change_set_id ON event (change_set_id)
--
CREATE INDEX ix_event_record ON event (centre_id, table_name, record_id, id)
--
CREATE INDEX ix_facility_requirement_function_id ON facility_requirement (centre_id, function NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_facility_requirement_function_name__sort_id ON facility_requirement (centre_id, function NULLS FIRST, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_facility_requirement_measure_id ON facility_requirement (centre_id, measure, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_facility_requirement_measure_name__sort_id ON facility_requirement (centre_id, measure, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_facility_requirement_minimum_id ON facility_requirement (centre_id, minimum NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_facility_requirement_name__sort_id ON facility_requirement (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_file_centre_id ON file (centre_id)
--
CREATE INDEX ix_file_sha256 ON file (sha256)
--
CREATE INDEX ix_fund_source_active_code_id ON fund_source (centre_id, active, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_active_id ON fund_source (centre_id, active, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_carry_over_code_id ON fund_source (centre_id, carry_over, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_code_id ON fund_source (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_doc_no_id ON fund_source (centre_id, doc_no NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_kind_code_id ON fund_source (centre_id, kind, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_kind_id ON fund_source (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_name__sort_id ON fund_source (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_restricted_code_id ON fund_source (centre_id, restricted, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_fund_source_restricted_id ON fund_source (centre_id, restricted, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_code_id ON grid (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_community_code_id ON grid (centre_id, community, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_community_id ON grid (centre_id, community, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_elderly_id ON grid (centre_id, elderly, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_households_id ON grid (centre_id, households, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_name__sort_id ON grid (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_population_id ON grid (centre_id, population, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_worker_code_id ON grid (centre_id, worker NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_grid_worker_id ON grid (centre_id, worker NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan__places_target_id ON inspection_plan__places (target_id)
--
CREATE INDEX ix_inspection_plan_active_next_due_id ON inspection_plan (centre_id, active, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_asset_id ON inspection_plan (centre_id, asset NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_asset_next_due_id ON inspection_plan (centre_id, asset NULLS FIRST, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_keeper_id ON inspection_plan (centre_id, keeper NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_keeper_next_due_id ON inspection_plan (centre_id, keeper NULLS FIRST, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_kind_id ON inspection_plan (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_kind_next_due_id ON inspection_plan (centre_id, kind, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_last_done_id ON inspection_plan (centre_id, last_done NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_last_result_id ON inspection_plan (centre_id, last_result NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_last_result_next_due_id ON inspection_plan (centre_id, last_result NULLS FIRST, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_name__sort_id ON inspection_plan (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_next_due_id ON inspection_plan (centre_id, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_place_id ON inspection_plan (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_place_next_due_id ON inspection_plan (centre_id, place NULLS FIRST, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_plan_statutory_next_due_id ON inspection_plan (centre_id, statutory, next_due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_done_on_id ON inspection_record (centre_id, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_inspector_done_on_id ON inspection_record (centre_id, inspector NULLS FIRST, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_inspector_id ON inspection_record (centre_id, inspector NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_no_id ON inspection_record (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_on_time_done_on_id ON inspection_record (centre_id, on_time, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_plan_done_on_id ON inspection_record (centre_id, plan, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_plan_id ON inspection_record (centre_id, plan, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_result_done_on_id ON inspection_record (centre_id, result, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_result_id ON inspection_record (centre_id, result, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_valid_until_done_on_id ON inspection_record (centre_id, valid_until NULLS FIRST, done_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_inspection_record_valid_until_id ON inspection_record (centre_id, valid_until NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_notice_account ON notice (centre_id, account_id, id)
--
CREATE INDEX ix_opening_hours_closes_at_id ON opening_hours (centre_id, closes_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_kind_id ON opening_hours (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_kind_weekday_id ON opening_hours (centre_id, kind, weekday NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_only_on_id ON opening_hours (centre_id, only_on NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_only_on_weekday_id ON opening_hours (centre_id, only_on NULLS FIRST, weekday NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_opens_at_id ON opening_hours (centre_id, opens_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_place_id ON opening_hours (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_place_weekday_id ON opening_hours (centre_id, place NULLS FIRST, weekday NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_opening_hours_weekday_id ON opening_hours (centre_id, weekday NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_area_id ON place (centre_id, area, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_bookable_code_id ON place (centre_id, bookable, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_capacity_id ON place (centre_id, capacity, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_code_id ON place (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_department_code_id ON place (centre_id, department NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_fire_exit_ok_code_id ON place (centre_id, fire_exit_ok, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_floor_code_id ON place (centre_id, floor NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_floor_id ON place (centre_id, floor NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_function_code_id ON place (centre_id, function, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_function_id ON place (centre_id, function, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_keeper_code_id ON place (centre_id, keeper NULLS FIRST, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_keeper_id ON place (centre_id, keeper NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_name__sort_id ON place (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_public_code_id ON place (centre_id, public, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_public_id ON place (centre_id, public, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_state_code_id ON place (centre_id, state, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_place_state_id ON place (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_active_code_id ON post (centre_id, active, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_active_id ON post (centre_id, active, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_code_id ON post (centre_id, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_department_code_id ON post (centre_id, department, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_department_id ON post (centre_id, department, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_headcount_id ON post (centre_id, headcount, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_layer_code_id ON post (centre_id, layer, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_layer_id ON post (centre_id, layer, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_name__sort_id ON post (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_post_required_certificate_code_id ON post (centre_id, required_certificate, code, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_recent ON recent (account_id, table_name, at)
--
CREATE INDEX ix_repair_deadline_fix_id ON repair_deadline (centre_id, fix, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_repair_deadline_fix_unit_id ON repair_deadline (centre_id, fix_unit, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_repair_deadline_priority_id ON repair_deadline (centre_id, priority, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_repair_deadline_response_id ON repair_deadline (centre_id, response, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_repair_deadline_response_unit_id ON repair_deadline (centre_id, response_unit, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_applicant_id ON resource_request (centre_id, applicant, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_approver_id ON resource_request (centre_id, approver NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_department_id ON resource_request (centre_id, department, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_id ON resource_request (centre_id, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_issuer_id ON resource_request (centre_id, issuer NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_approved_id ON resource_request_line (centre_id, approved NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_id ON resource_request_line (centre_id, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_item_id ON resource_request_line (centre_id, item, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_note__sort_id ON resource_request_line (centre_id, note__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_quantity_id ON resource_request_line (centre_id, quantity, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_line_request_id ON resource_request_line (centre_id, request, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_needed_on_id ON resource_request (centre_id, needed_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_no_id ON resource_request (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_purpose__sort_id ON resource_request (centre_id, purpose__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_state_id ON resource_request (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_resource_request_submitted_at_id ON resource_request (centre_id, submitted_at NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_saved_view ON saved_view (centre_id, table_name, account_id)
--
CREATE INDEX ix_staff_certificate_ends_on_no_id ON staff (centre_id, certificate_ends_on NULLS FIRST, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_certificate_no_id ON staff (centre_id, certificate, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_department_id ON staff (centre_id, department, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_department_no_id ON staff (centre_id, department, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_education_no_id ON staff (centre_id, education NULLS FIRST, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_employment_id ON staff (centre_id, employment, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_employment_no_id ON staff (centre_id, employment, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_extension_id ON staff (centre_id, extension NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_gender_no_id ON staff (centre_id, gender, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_hired_on_id ON staff (centre_id, hired_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_hired_on_no_id ON staff (centre_id, hired_on, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_left_on_no_id ON staff (centre_id, left_on NULLS FIRST, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_name__sort_id ON staff (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_no_id ON staff (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_phone__hash ON staff (centre_id, phone__hash NULLS FIRST) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_post_id ON staff (centre_id, post, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_post_no_id ON staff (centre_id, post, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_probation_ends_on_no_id ON staff (centre_id, probation_ends_on NULLS FIRST, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_status_id ON staff (centre_id, status, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_staff_status_no_id ON staff (centre_id, status, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_expires_on_id ON stock_lot (centre_id, expires_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_item_expires_on_id ON stock_lot (centre_id, item, expires_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_item_id ON stock_lot (centre_id, item, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_lot_no_id ON stock_lot (centre_id, lot_no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_on_hand_id ON stock_lot (centre_id, on_hand, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_place_expires_on_id ON stock_lot (centre_id, place NULLS FIRST, expires_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_lot_place_id ON stock_lot (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_approved_by_id ON stock_move (centre_id, approved_by NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_department_id ON stock_move (centre_id, department NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_id ON stock_move (centre_id, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_item_id ON stock_move (centre_id, item, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_kind_id ON stock_move (centre_id, kind, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_lot_id ON stock_move (centre_id, lot NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_moved_on_id ON stock_move (centre_id, moved_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_no_id ON stock_move (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_quantity_id ON stock_move (centre_id, quantity, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_receiver_id ON stock_move (centre_id, receiver NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_request_id ON stock_move (centre_id, request NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_request_line_id ON stock_move (centre_id, request_line NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stock_move_reverses_id ON stock_move (centre_id, reverses NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake__places_target_id ON stocktake__places (target_id)
--
CREATE INDEX ix_stocktake_approved_by_counted_on_id ON stocktake (centre_id, approved_by NULLS FIRST, counted_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_counted_on_id ON stocktake (centre_id, counted_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_counter_counted_on_id ON stocktake (centre_id, counter, counted_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_counter_id ON stocktake (centre_id, counter, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_asset_class_id ON stocktake_line (centre_id, asset_class NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_asset_id ON stocktake_line (centre_id, asset NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_condition_id ON stocktake_line (centre_id, condition, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_counted_id ON stocktake_line (centre_id, counted NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_expected_id ON stocktake_line (centre_id, expected, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_explanation__sort_id ON stocktake_line (centre_id, explanation__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_found_in_id ON stocktake_line (centre_id, found_in NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_id ON stocktake_line (centre_id, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_keeper_id ON stocktake_line (centre_id, keeper NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_name__sort_id ON stocktake_line (centre_id, name__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_place_id ON stocktake_line (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_result_id ON stocktake_line (centre_id, result, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_line_stocktake_id ON stocktake_line (centre_id, stocktake, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_name__sort_id ON stocktake (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_no_id ON stocktake (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_second_counter_counted_on_id ON stocktake (centre_id, second_counter NULLS FIRST, counted_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_state_counted_on_id ON stocktake (centre_id, state, counted_on, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_stocktake_state_id ON stocktake (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_active_name__sort_id ON supply_item (centre_id, active, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_category_id ON supply_item (centre_id, category, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_category_name__sort_id ON supply_item (centre_id, category, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_keeper_name__sort_id ON supply_item (centre_id, keeper NULLS FIRST, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_minimum_id ON supply_item (centre_id, minimum NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_name__sort_id ON supply_item (centre_id, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_on_hand_id ON supply_item (centre_id, on_hand, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_place_id ON supply_item (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_place_name__sort_id ON supply_item (centre_id, place NULLS FIRST, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_returnable_name__sort_id ON supply_item (centre_id, returnable, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_sku_id ON supply_item (centre_id, sku, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_spec__sort_id ON supply_item (centre_id, spec__sort NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_tracks_expiry_name__sort_id ON supply_item (centre_id, tracks_expiry, name__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_supply_item_unit__sort_id ON supply_item (centre_id, unit__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_accepted_by_reported_at_id ON work_order (centre_id, accepted_by NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_asset_id ON work_order (centre_id, asset NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_asset_reported_at_id ON work_order (centre_id, asset NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_assignee_id ON work_order (centre_id, assignee NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_assignee_reported_at_id ON work_order (centre_id, assignee NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_came_from_reported_at_id ON work_order (centre_id, came_from, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_cause_reported_at_id ON work_order (centre_id, cause NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_due_id ON work_order (centre_id, due NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_due_reported_at_id ON work_order (centre_id, due NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_fault__sort_id ON work_order (centre_id, fault__sort, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_fixed_by_reported_at_id ON work_order (centre_id, fixed_by NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_inspection_reported_at_id ON work_order (centre_id, inspection NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_no_id ON work_order (centre_id, no, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_on_time_reported_at_id ON work_order (centre_id, on_time, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_place_id ON work_order (centre_id, place NULLS FIRST, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_place_reported_at_id ON work_order (centre_id, place NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_priority_id ON work_order (centre_id, priority, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_priority_reported_at_id ON work_order (centre_id, priority, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_reported_at_id ON work_order (centre_id, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_reporter_reported_at_id ON work_order (centre_id, reporter NULLS FIRST, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_state_id ON work_order (centre_id, state, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_state_reported_at_id ON work_order (centre_id, state, reported_at, id) WHERE deleted_at IS NULL
--
CREATE INDEX ix_work_order_trade_reported_at_id ON work_order (centre_id, trade, reported_at, id) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_account_staff ON account (centre_id, staff) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_account_username ON account (centre_id, username) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_asset_class_code ON asset_class (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_asset_move_no ON asset_move (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_asset_no ON asset (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_asset_serial ON asset (centre_id, serial) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_booking_no ON booking (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_calendar_day_falls_on ON calendar_day (centre_id, falls_on) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_centre_code ON centre (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_closure_notice_no ON closure_notice (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_community_code ON community (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_community_name ON community (centre_id, name) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_delegation_no ON delegation (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_department_code ON department (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_department_name ON department (centre_id, name) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_depreciation_asset_month_kind ON depreciation (centre_id, asset, month, kind) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_disposal_line_disposal_asset ON disposal_line (centre_id, disposal, asset) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_disposal_no ON disposal (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_facility_requirement_name ON facility_requirement (centre_id, name) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_fund_source_code ON fund_source (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_fund_source_name ON fund_source (centre_id, name) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_grid_code ON grid (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_inspection_record_no ON inspection_record (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_place_code ON place (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_post_code ON post (centre_id, code) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_post_department_name ON post (centre_id, department, name) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_repair_deadline_priority ON repair_deadline (centre_id, priority) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_resource_request_line_request_item ON resource_request_line (centre_id, request, item) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_resource_request_no ON resource_request (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_staff_id_no__hash ON staff (centre_id, id_no__hash) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_staff_no ON staff (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_stock_lot_item_lot_no ON stock_lot (centre_id, item, lot_no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_stock_move_no ON stock_move (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_stocktake_line_stocktake_asset ON stocktake_line (centre_id, stocktake, asset) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_stocktake_no ON stocktake (centre_id, no) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_supply_item_sku ON supply_item (centre_id, sku) WHERE deleted_at IS NULL
--
CREATE UNIQUE INDEX uq_work_order_no ON work_order (centre_id, no) WHERE deleted_at IS NULL
--
ALTER TABLE search_entry ADD COLUMN IF NOT EXISTS tokens tsvector
--
CREATE INDEX IF NOT EXISTS ix_search_entry_tokens ON search_entry USING gin (tokens)
--
create function append_only() returns trigger language plpgsql as $$ begin raise exception '% is append only', tg_table_name using errcode = 'restrict_violation'; end $$
--
create trigger change_set_append_only before update or delete or truncate on change_set for each statement execute function append_only()
--
create trigger change_append_only before update or delete or truncate on change for each statement execute function append_only()
--
create trigger event_append_only before update or delete or truncate on event for each statement execute function append_only()
