BEGIN TRANSACTION;
CREATE TABLE auth_action_link (
	id VARCHAR NOT NULL, 
	verifier BLOB NOT NULL, 
	action VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	user_id CHAR(32), 
	data JSON NOT NULL, 
	connects BOOLEAN NOT NULL, 
	uses_left INTEGER NOT NULL, 
	issued_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_action_link" VALUES('1nDcWBpmZHwf9zVU',X'EBB1F39442A9565A77B87287B4A7446E104D3BFEB4AF2BB5F5007CF4F00BE105','sign_up','alice@example.com',NULL,'{}',1,0,'2026-12-01 12:00:00.000004','2026-12-02 12:00:00.000004');
INSERT INTO "auth_action_link" VALUES('6jOdfA3PMckTjkmP',X'7C9F7742CB3A8C35591C13B2A493C4642B2384BEADF4B262DDCF88442D697D44','wasnt_me','alice@example.com','0487d2cff9a24bd79c1cc1ffb41ef0a5','{"undo": "", "about": ""}',0,1,'2026-12-01 12:00:00.000031','2026-12-08 12:00:00.000031');
INSERT INTO "auth_action_link" VALUES('_fDIqlD3lI9Go0e8',X'1D0B16794CE43B007F849DB445DA39DCE22E771746CB5963DDD3A9B2A25730D1','sign_up','bob@example.com',NULL,'{}',1,0,'2026-12-01 12:00:00.000042','2026-12-02 12:00:00.000042');
INSERT INTO "auth_action_link" VALUES('AfqbxozsGPK_VL32',X'4FC00C7C099989DC1A76D7A412A3FD16B7A6984B35BC3403EA5FB20C32B2A708','wasnt_me','bob@example.com','709d629470ff4df8aa39260997054fee','{"undo": "", "about": ""}',0,1,'2026-12-01 12:00:00.000069','2026-12-08 12:00:00.000069');
INSERT INTO "auth_action_link" VALUES('lQIikAU_we58XDB2',X'EDC09EFC265C63F300027C74F3B8168674689DF7FF2B1FBF0BA8AC7E0CDAC1D9','wasnt_me','bob@example.com','709d629470ff4df8aa39260997054fee','{"undo": "added", "about": "+14155550123"}',0,1,'2026-12-01 12:00:00.000101','2026-12-08 12:00:00.000101');
INSERT INTO "auth_action_link" VALUES('6GF5WzSeNrjcqSy6',X'86BB23150CFAE6052590D37C1C7E4EC339EC3E3F7F35662E67F91BB62264D5C2','wasnt_me','+14155550123','709d629470ff4df8aa39260997054fee','{"undo": "added", "about": "+14155550123"}',0,1,'2026-12-01 12:00:00.000103','2026-12-08 12:00:00.000103');
INSERT INTO "auth_action_link" VALUES('M3gZJYGj3LqG3Iol',X'24BEF32161778B7CED19C81BA85BE4D57965F831CD39416CDDA8B0CAF024468E','leave_list','wanda@example.com',NULL,'{}',0,1,'2026-12-01 12:00:00.000112','2027-12-01 12:00:00.000112');
INSERT INTO "auth_action_link" VALUES('QveU_QvDL119CZ9t',X'14250E7FC8F4DC5F5E438C3D05E79DD2572D8C3CEF9E10774E9BAD4D745EB297','wasnt_me','bob@example.com','709d629470ff4df8aa39260997054fee','{"undo": "", "about": ""}',0,1,'2026-12-01 12:00:00.000124','2026-12-08 12:00:00.000124');
INSERT INTO "auth_action_link" VALUES('K-Gj9YzZQOS8K1G3',X'E84327C8D28DE596EDC484E7348A4B5A7290152628C06B068005108E5A19E88E','add_email','alice@second.example','0487d2cff9a24bd79c1cc1ffb41ef0a5','{}',0,1,'2026-12-01 12:00:00.000138','2026-12-02 12:00:00.000138');
INSERT INTO "auth_action_link" VALUES('bxXfrl4vyDFhxjmT',X'F5C22368C90122B7423B2843EBD4C9077E376F55457125A037230EDC0D09EEA7','sign_up','carol@example.com',NULL,'{}',1,1,'2026-12-01 12:00:00.000143','2026-12-02 12:00:00.000143');
INSERT INTO "auth_action_link" VALUES('0ai-sWjKWRcv4nzY',X'517B021581BBD82B95EE242FF9EBE9F37FB19F8A18EC929554B1953442FDD4D2','reset','alice@example.com','0487d2cff9a24bd79c1cc1ffb41ef0a5','{}',1,1,'2026-12-01 12:00:00.000148','2026-12-01 13:00:00.000148');
CREATE TABLE auth_alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT auth_alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "auth_alembic_version" VALUES('0010');
CREATE TABLE auth_applicant (
	id CHAR(32) NOT NULL, 
	address VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	asked_at DATETIME NOT NULL, 
	invited_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "auth_applicant" VALUES('69db14c2fe104d68b61511c9b72d992e','wanda@example.com','en','2026-12-01 12:00:00.000111',NULL);
CREATE TABLE auth_avatar (
	user_id CHAR(32) NOT NULL, 
	image BLOB NOT NULL, 
	PRIMARY KEY (user_id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
CREATE TABLE auth_challenge_form (
	form VARCHAR NOT NULL, 
	count INTEGER NOT NULL, 
	PRIMARY KEY (form)
);
CREATE TABLE auth_code (
	id VARCHAR NOT NULL, 
	verifier BLOB NOT NULL, 
	purpose VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	user_id CHAR(32), 
	data JSON NOT NULL, 
	record BLOB, 
	digest BLOB NOT NULL, 
	sends INTEGER NOT NULL, 
	uses_left INTEGER NOT NULL, 
	again_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_code" VALUES('FegRcubCpbTTPCAA',X'51E3654DC8FC8A07D09A4EF4FC6317E1316D902B9C4A2E321A65E41A4F9B0222','sign_up','+14155550199',NULL,'{"first_name": "Dan", "last_name": "", "user_id": "aa949739-3f09-4766-931b-7445baf49d4b", "record": "ScgqjHQcYjxObKiYVnuJ5zrlBJvZVIXLAA2WlpZyuE-YJ6aqkL5uKwRzV-rluqvh6fe8FNxitglssySVKb3mH9w_-0ueRPWcgF8ePaZIFVux8VzyDyceXAcBuH90LiDU9JkUqvlvVW6KjrhYIA5d8yz4sy6cau92nkPbqM_XTRspJ_cfSJ81C3wnrmVUsWVswkeTrGfATc_sPbi9z_fa97ESOQfA", "instead": null}',X'49C82A8CA3047B9DE1400E9AB3928AFDA192242B257D287ADC64EC5D5FFC900AE0420ACB4D3C518D8B1AA7D5D6F2FF6F7E4B674F2B1A3A60C5A252064338AF606F6759F64C565D44A99FFED3FD41A687BFD0C19B2B5367CFEEDF2A885E2707E366ABA98036BE2F02638087E2DCC7542C0D7344D0F092A8D977659A6E1FBC660F518C498885F871447DD05D1A622862D6B6CA52F7D6118313270C9F5990BAB26825B361934B',X'D24BA0831D055A12DE6CC37264202B8FC9152F860764B1B782D70C7F1970F760',1,5,'2026-12-01 12:00:30.000161','2026-12-01 12:05:00.000163','2026-12-01 13:00:00.000162');
CREATE TABLE auth_email (
	id CHAR(32) NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	address VARCHAR NOT NULL, 
	is_main BOOLEAN NOT NULL, 
	confirmed_at DATETIME, added_at DATETIME DEFAULT '1970-01-01 00:00:00' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_email" VALUES('12adf595b05645d1917ba82ef055dc63','0487d2cff9a24bd79c1cc1ffb41ef0a5','alice@example.com',1,'2026-12-01 12:00:00.000011','2026-12-01 12:00:00.000011');
INSERT INTO "auth_email" VALUES('f7f6545ceb9a4bbb8d52d7d4e89212b2','709d629470ff4df8aa39260997054fee','bob@example.com',1,'2026-12-01 12:00:00.000049','2026-12-01 12:00:00.000049');
INSERT INTO "auth_email" VALUES('884db3f68cf2467399cbb6973287609c','0487d2cff9a24bd79c1cc1ffb41ef0a5','alice@second.example',0,NULL,'2026-12-01 12:00:00.000135');
CREATE TABLE auth_entry (
	id CHAR(32) NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	what VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	browser VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_entry" VALUES('974a553a92ef43e58dd04a12bf43b1cb','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000012','signed_up','alice@example.com','','');
INSERT INTO "auth_entry" VALUES('30a82bcc61d34961a3d5094e4cff2b9a','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000017','logged_in','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('789073daf46f4a78a451b75b1df6e3fe','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000021','names_set','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('d7b8cc1b88db495f8ea166a84456991d','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000029','password_set','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('d7c46de854684809802f5574836e89ca','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000050','signed_up','bob@example.com','','');
INSERT INTO "auth_entry" VALUES('fd7454bf0a1a443a8366803bd66253bb','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000055','logged_in','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('ef0dba5789274cbda8782d8f9c93f4ec','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000059','names_set','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('388054b0423c40c883da67df814656c3','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000067','password_set','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('779a634a78944184b7154b101b32d07e','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000090','phone_asked','+1 415-555-0123','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('199a38f6577f402192c3584dd9cf219f','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000099','phone_added','+1 415-555-0123','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('4c1cce27dd5c4fdeb664944fda188b82','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000107','group_joined','editors','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('a46c3dcde20f4bc7b0817f5cf639a13e','709d629470ff4df8aa39260997054fee','2026-12-01 12:00:00.000122','password_set','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('4c92f3a0ebde41c19aa2fb0174d8b802','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000136','email_asked','alice@second.example','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('740918447b36443f97937675985afe1e','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000150','recovery_asked','alice@example.com','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('092faf6cada245d6ad3466b446951ea0','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000174','refused','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('345d6344002c4745b7bc9322b5cd45c2','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000182','refused','','192.0.2.1','an unknown browser');
INSERT INTO "auth_entry" VALUES('3a5006533b8f4daa82262d91593ae405','0487d2cff9a24bd79c1cc1ffb41ef0a5','2026-12-01 12:00:00.000190','refused','','192.0.2.1','an unknown browser');
CREATE TABLE auth_group (
	name VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "auth_group" VALUES('editors','May write','2026-12-01 12:00:00.000106');
CREATE TABLE auth_identity (
	id CHAR(32) NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	origin VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	linked_at DATETIME NOT NULL, suspended_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_identity" VALUES('d514b4e180e645bbbdad6c1b0a0b4cf8','0487d2cff9a24bd79c1cc1ffb41ef0a5','https://id.example','subject-1','work','alice@work.example','2026-12-01 12:00:00.000105',NULL);
CREATE TABLE auth_lasting_key (
	name VARCHAR NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "auth_lasting_key" VALUES('salt',X'DF112BB10433EB0BB5D964A336252AA0A0549A401E0040E903EB1F8512A02C57B7FA91DF73C804EDEAA20565DA6F503AD4D72F8D30529A3B125233868AA86960');
INSERT INTO "auth_lasting_key" VALUES('old salt',X'DF112BB14D4658ACE60785D84CD70CE5107BB1277ACF43135C94CCAA615C3D7726CA8C1C4B224D92F7FF5D8F3E7F47466BAF324708DA48F02AC00A21A3A275E2');
INSERT INTO "auth_lasting_key" VALUES('plain',X'DF112BB1E1B5FEEE5AD394A29AFD1A5051174CD280068C4F111A63561460EE969C16305F88977631427E72BB8D4CDDECCCAE55AFF9D13D2C248BD4C3BAC6B046');
CREATE TABLE auth_membership (
	user_id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (user_id, name), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_membership" VALUES('0487d2cff9a24bd79c1cc1ffb41ef0a5','editors');
CREATE TABLE auth_message (
	id CHAR(32) NOT NULL, 
	recipient VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	html VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	written_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	problem VARCHAR NOT NULL, useless_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "auth_message" VALUES('358866ef42eb49f4bbc71cd88d63777d','alice@example.com','Confirm your email address for authapp','Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#1nDcWBpmZHwf9zVU.NW-jCEOPiQ2qUFveQJ_IzZe97dAITtmZlSV1zuvtRCM

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#1nDcWBpmZHwf9zVU.NW-jCEOPiQ2qUFveQJ_IzZe97dAITtmZlSV1zuvtRCM" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000005','2026-12-01 12:00:00.000005',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('223bd9c7219e44bda5a9300f0a736843','alice@example.com','Your password was set at authapp','A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#6jOdfA3PMckTjkmP.mJkF0vkAYFz2DUD67smtREaBl4u76Vee59oRis_ExmU

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#6jOdfA3PMckTjkmP.mJkF0vkAYFz2DUD67smtREaBl4u76Vee59oRis_ExmU" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000032','2026-12-01 12:00:00.000032',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('63c19be459cc41edbe09a4f2a4d44931','bob@example.com','Confirm your email address for authapp','Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#_fDIqlD3lI9Go0e8.9lk0gYNyvFOgbrr6cKRgPH5_rBUaotcnj3pY6RzuOiM

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#_fDIqlD3lI9Go0e8.9lk0gYNyvFOgbrr6cKRgPH5_rBUaotcnj3pY6RzuOiM" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000043','2026-12-01 12:00:00.000043',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('f9c6464aaf9a423d833a999e6d1dbabe','bob@example.com','Your password was set at authapp','A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#AfqbxozsGPK_VL32.kBruWUhcZpTPiUhRrarI0tfB97Z5s_F_LviPmUqCuJY

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#AfqbxozsGPK_VL32.kBruWUhcZpTPiUhRrarI0tfB97Z5s_F_LviPmUqCuJY" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000070','2026-12-01 12:00:00.000070',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('e02cd5a4086d4783aa97e3c4a3c65061','+14155550123','','328296 is your code for authapp. It works for 5 minutes. We never ask you for it.
@localhost:3000 #328296','','waiting',0,'2026-12-01 12:00:00.000088','2026-12-01 12:00:00.000088',NULL,'','2026-12-01 12:05:00.000087');
INSERT INTO "auth_message" VALUES('d32b440e87af4bcca381670c9baaba84','bob@example.com','A phone number was added to your account at authapp','The number +1 415-555-0123 was added to your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#lQIikAU_we58XDB2.gzmv8eIauLOScazu79pGZ_lTniY6GjI2T8zuMjON6y0

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>The number +1 415-555-0123 was added to your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#lQIikAU_we58XDB2.gzmv8eIauLOScazu79pGZ_lTniY6GjI2T8zuMjON6y0" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000102','2026-12-01 12:00:00.000102',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('d63d527912a243108be1c2e9a1a91577','+14155550123','','A phone number was added to your account at authapp (+1 415-555-0123): 1 December 2026, 12:00 UTC. Not you? http://localhost:3000/link#6GF5WzSeNrjcqSy6.3WHf2XPIN9iU-MWu_evbr0nVB95h7iOWrxceOeFDEZg','','waiting',0,'2026-12-01 12:00:00.000104','2026-12-01 12:00:00.000104',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('c2b9a55a8ea448ae9ce5584bd3e85a62','wanda@example.com','You are on the waiting list of authapp','Somebody, hopefully you, asked for an account with this address. We write again as soon as there is one for you.

If it was not you, or if you changed your mind, take the address off the list.

Leave the waiting list: http://localhost:3000/link#M3gZJYGj3LqG3Iol.I2ZFdxNTQ1pJGaAAq06yUPIGjvVxEv79x9x4OPF0lX0

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked for an account with this address. We write again as soon as there is one for you.</p><p>If it was not you, or if you changed your mind, take the address off the list.</p>
<p><a href="http://localhost:3000/link#M3gZJYGj3LqG3Iol.I2ZFdxNTQ1pJGaAAq06yUPIGjvVxEv79x9x4OPF0lX0" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Leave the waiting list</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000113','2026-12-01 12:00:00.000113',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('0dbd8866dc524b02b33e7d0968a1ba21','bob@example.com','Your password was set at authapp','A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#QveU_QvDL119CZ9t.fPWbFMRpI-nsz_6WJXTg2W-jK48HL39bs18r4ToGf8c

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#QveU_QvDL119CZ9t.fPWbFMRpI-nsz_6WJXTg2W-jK48HL39bs18r4ToGf8c" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000125','2026-12-01 12:00:00.000125',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('29d3eee3aaa34c31928745179fe809ac','alice@second.example','Add this email address to your account at authapp','Somebody, hopefully you, asked to add this address to an account.

Open the link within 1 day and log in to confirm it. If it was not you, ignore this mail: nothing happens then.

Add this address: http://localhost:3000/link#K-Gj9YzZQOS8K1G3.E0BcBcVojbaXW9WZSbYPiIvp5w57lGot2zD7fDBdwqE

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked to add this address to an account.</p><p>Open the link within 1 day and log in to confirm it. If it was not you, ignore this mail: nothing happens then.</p>
<p><a href="http://localhost:3000/link#K-Gj9YzZQOS8K1G3.E0BcBcVojbaXW9WZSbYPiIvp5w57lGot2zD7fDBdwqE" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Add this address</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000139','2026-12-01 12:00:00.000139',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('e5f1bd2ee6994804b19eb8b816b9d7cf','carol@example.com','Confirm your email address for authapp','Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#bxXfrl4vyDFhxjmT.EgYpFqr7r_WdQD-n9SBI4QZ0WQSD262c1VyXa3FgWnU

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#bxXfrl4vyDFhxjmT.EgYpFqr7r_WdQD-n9SBI4QZ0WQSD262c1VyXa3FgWnU" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000144','2026-12-01 12:00:00.000144',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('c26bb6df10b24c3fb8fcb460e8c7aae3','alice@example.com','Recover your account at authapp','Somebody, hopefully you, asked to recover your account.

The link works for 1 hour, once. It signs you in, ends all other sessions and asks for a new password. If it was not you, ignore this mail.

Recover my account: http://localhost:3000/link#0ai-sWjKWRcv4nzY.da-LRmc4caEHSNfVM8i96T4XoTApgpihrZ7GU2wTazU

-- authapp','<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked to recover your account.</p><p>The link works for 1 hour, once. It signs you in, ends all other sessions and asks for a new password. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#0ai-sWjKWRcv4nzY.da-LRmc4caEHSNfVM8i96T4XoTApgpihrZ7GU2wTazU" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Recover my account</a></p>
</div>','waiting',0,'2026-12-01 12:00:00.000149','2026-12-01 12:00:00.000149',NULL,'',NULL);
INSERT INTO "auth_message" VALUES('b9ec509a396f41beb572f0e35181dc21','+14155550199','','063039 is your code for authapp. It works for 5 minutes. We never ask you for it.
@localhost:3000 #063039','','waiting',0,'2026-12-01 12:00:00.000164','2026-12-01 12:00:00.000164',NULL,'','2026-12-01 12:05:00.000163');
CREATE TABLE auth_phone (
	id CHAR(32) NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	number VARCHAR NOT NULL, 
	is_main BOOLEAN NOT NULL, 
	confirmed_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_phone" VALUES('d999c4d50fed4337bd289ea3affbf43e','709d629470ff4df8aa39260997054fee','+14155550123',1,'2026-12-01 12:00:00.000098');
CREATE TABLE auth_scram_record (
	user_id CHAR(32) NOT NULL, 
	identifier VARCHAR NOT NULL, 
	form VARCHAR NOT NULL, 
	record BLOB NOT NULL, 
	PRIMARY KEY (user_id, identifier), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_scram_record" VALUES('0487d2cff9a24bd79c1cc1ffb41ef0a5','alice@example.com','4096:16',X'49C82A8C1F7625BCDD9D7C21084DFE169407B8ACE66145CAB68DB45FC5479E31189FB461C3333890A1895D8F6FFAB91BB458230DEA701E51477C6F668C547D95EF78E7A3EDEFB6A4F121015E36E9EDF695BD5A07EC7E414E8A0A757C5507B005C01A9DE93CE98AA59744A976E2BD0F538E9690A3CFB32B3C2D162A05157C80031E61551EA2AF4DC9C4C8FE9A77BA1FD20E0EBB6FAB61723B283EDC51892D4FD0D685E456C1');
INSERT INTO "auth_scram_record" VALUES('709d629470ff4df8aa39260997054fee','bob@example.com','4096:16',X'49C82A8CEAC38A49E732E5E9A205A0077EBCDA73B583A0DE99784DB27B5BF3330C49FE3FFA110D9F3FD6DD056C717842BC2C991C4DA9D5D516422EE1D300385F480ECE3DF53C9A8C7B4BD3221D048C5098C6DB6B5A54E688E655F3D1D5CB6383273631E7CD4A8B20309BCC7F9B5A80D1FD4BF72F55CAFF6B4C4F4687B06938EF07A1D2C93CA5504BD960B1FDFB0002010BCC801234EC7F6D9D4221FADF50A6997A31DAE6B0');
INSERT INTO "auth_scram_record" VALUES('709d629470ff4df8aa39260997054fee','+14155550123','4096:16',X'49C82A8C01D4896F5E3C8D353637B310146547FE90BBD3F27C2F77C701988090E4FE4106C6E7848520DB4063B7F87BD3379EC7E9260D98A1F3949060BC8DC17E4645CD2ECD0632BF879A403C02AF61445A265271B11EB9D52932712675A589C653222D31AA3D218ACB91378B3A5B1CC4A1FA801DFDACD87508F932845892A71ED3531E506642BD306679EE243855A9716ABECC5ABFE84A2C1DD21C2059E465128B4FA5554C');
CREATE TABLE auth_session (
	id VARCHAR NOT NULL, 
	verifier BLOB, 
	user_id CHAR(32) NOT NULL, 
	identifier VARCHAR NOT NULL, 
	method VARCHAR NOT NULL, 
	keep BOOLEAN NOT NULL, 
	address VARCHAR NOT NULL, 
	browser VARCHAR NOT NULL, 
	opened_at DATETIME NOT NULL, 
	proved_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_session" VALUES('rzRBFXrf85Pmt5Y5',X'FA6F8E3C9F8F0DC653C74A32F02BAA5B77600209D0682A9A08D4AECCCDE4A113','0487d2cff9a24bd79c1cc1ffb41ef0a5','alice@example.com','link',0,'192.0.2.1','Firefox at home','2026-12-01 12:00:00.000016','2026-12-01 12:00:00.000016','2026-12-01 12:00:00.000016','2026-12-02 00:00:00.000016');
INSERT INTO "auth_session" VALUES('KWwpZYOge-buGR-E',NULL,'709d629470ff4df8aa39260997054fee','bob@example.com','link',0,'192.0.2.1','Firefox at home','2026-12-01 12:00:00.000054','2026-12-01 12:00:00.000054','2026-12-01 12:00:00.000054','2026-12-02 00:00:00.000054');
CREATE TABLE auth_spent (
	digest BLOB NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE auth_tally (
	digest BLOB NOT NULL, 
	count INTEGER NOT NULL, 
	blocked_until DATETIME, 
	ends_at DATETIME NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "auth_tally" VALUES(X'23D6B22B9755B49A8393668A02B207915D4CA784616C603BBAEA0C84B815A9BF',5,NULL,'2026-12-01 12:01:00.000001');
INSERT INTO "auth_tally" VALUES(X'5A913C9DB0BC1B62AA62A204CC16A444B72D25004F9CB5F7E4649739C80FAF0A',5,NULL,'2026-12-02 12:00:00.000002');
INSERT INTO "auth_tally" VALUES(X'04256903391D847D88B25EA9AD44D79DFFF3ECC3724BA4926EA98DF9D0D15D07',2,NULL,'2026-12-01 13:00:00.000003');
INSERT INTO "auth_tally" VALUES(X'36817DA020FB9008FD1C55022B0850D7453BC1E0B72E6015D1AAEF19D6580F17',3,NULL,'2026-12-01 13:00:00.000020');
INSERT INTO "auth_tally" VALUES(X'1E6FC72C2DB11D1F1D05E4AE6FFF8225D59A8025A921201BCB541E7C94421A7B',1,NULL,'2026-12-01 13:00:00.000041');
INSERT INTO "auth_tally" VALUES(X'6EFF75CD3D3A722A148A50D776CCBFB8179F879F7A3EAA94069E7BC8DBB1E927',4,NULL,'2026-12-01 13:00:00.000058');
INSERT INTO "auth_tally" VALUES(X'666F2860588D16EE2A1958284BDCC69B057DEB722F2DBE00621BBF822701BECE',2,NULL,'2026-12-01 13:00:00.000081');
INSERT INTO "auth_tally" VALUES(X'39B98FCFE2F932A0CC9A713D763554BF91573B21F00ABEC270D22E4A336DC365',1,'2026-12-01 12:00:30.000085','2026-12-01 13:00:00.000082');
INSERT INTO "auth_tally" VALUES(X'D410987F9CF96809B138729D6E62AAB57BA50BE4903CF080B6339422F5B951E4',2,NULL,'2026-12-02 12:00:00.000084');
INSERT INTO "auth_tally" VALUES(X'34855D6CA2D8209EBD913EABDBCC8AAC17D0AAD8036C80BE2DD34068003C0243',1,NULL,'2026-12-01 13:00:00.000095');
INSERT INTO "auth_tally" VALUES(X'0701CDB81CFD2EFCDB806C7AC239BDD5B782077575A4BD2A3CFB5CCBF0D03EF1',1,NULL,'2026-12-01 13:00:00.000110');
INSERT INTO "auth_tally" VALUES(X'FBEFB5A9BB79FA5C860940A203308AD2FB0D380C311A18EDC039819BE296339A',1,NULL,'2026-12-01 13:00:00.000134');
INSERT INTO "auth_tally" VALUES(X'1AF7EF042E5934AAD355BE9F77E51E28BEB8C4E5C4C580D269FE4904010725D1',1,NULL,'2026-12-01 13:00:00.000137');
INSERT INTO "auth_tally" VALUES(X'7E29F659ED238A087F8D814676211456A544CCCA38A1A9AE76AD46A98938D86D',1,NULL,'2026-12-01 13:00:00.000142');
INSERT INTO "auth_tally" VALUES(X'330E08CCA805BD649FB9A4A31965499D9E74711C23C73DAEBA4545FCD7765990',1,'2026-12-01 12:00:30.000161','2026-12-01 13:00:00.000158');
INSERT INTO "auth_tally" VALUES(X'15078316584182971CC0B2DAEEE131D9F28C144E49320EB2FF1D34B370449BE5',3,NULL,'2036-11-28 12:00:00.000187');
INSERT INTO "auth_tally" VALUES(X'9AD123712691B5D75417E27243017E2A0959EE6C3B49935D0CE6A265241CC93D',3,NULL,'2026-12-02 12:00:00.000188');
INSERT INTO "auth_tally" VALUES(X'8443BCC0A13D6C01F1821EF8D345FAB55E6CFB6F0138957E1F42DB8F0FE5EE8A',3,NULL,'2026-12-01 12:01:00.000173');
CREATE TABLE auth_ticket (
	id VARCHAR NOT NULL, 
	verifier BLOB NOT NULL, 
	tab BLOB NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	session_id VARCHAR, 
	identifier VARCHAR NOT NULL, 
	method VARCHAR NOT NULL, 
	keep BOOLEAN NOT NULL, 
	uses_left INTEGER NOT NULL, 
	expires_at DATETIME NOT NULL, key_digest BLOB, proved_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
);
INSERT INTO "auth_ticket" VALUES('01FoAzdzD9Xs-7HY',X'117A988967C349C7A3F4441411C961BC8A7E1064DA7DC653E2F4314FC5558378',X'E7A7B190BD262E4252C22150A6BE9BC4FB5DEE04F3268A305DC3C63AD802A173','0487d2cff9a24bd79c1cc1ffb41ef0a5','rzRBFXrf85Pmt5Y5','alice@example.com','link',0,0,'2026-12-01 12:00:30.000033',X'A566E1F737DF1E64BBDE8161C501B420B7B65CD30235635C4B3C64958C3D8FE7',NULL);
INSERT INTO "auth_ticket" VALUES('z8oG5e86s9uOou8J',X'505CCC300D021D7BF84436AF8E764D8EDCDF9AACAD6F85E432C2967DE567395A',X'E7A7B190BD262E4252C22150A6BE9BC4FB5DEE04F3268A305DC3C63AD802A173','709d629470ff4df8aa39260997054fee','KWwpZYOge-buGR-E','bob@example.com','link',0,1,'2026-12-01 12:00:30.000126',X'FED9836AF58807386B72BB875ACFB36A90F1403CAD43D301622211B799D174A9',NULL);
INSERT INTO "auth_ticket" VALUES('bYbOqE3Rq1fqEzK9',X'DD294904BBBCADA6DF9CD6EC2207BCB11D5E04C4F99E832FCC311D78E9EE4655',X'E7A7B190BD262E4252C22150A6BE9BC4FB5DEE04F3268A305DC3C63AD802A173','709d629470ff4df8aa39260997054fee',NULL,'bob@example.com','password',1,1,'2026-12-01 12:00:30.000130',NULL,NULL);
CREATE TABLE auth_user (
	id CHAR(32) NOT NULL, 
	first_name VARCHAR NOT NULL, 
	last_name VARCHAR NOT NULL, 
	password_record BLOB, 
	imported BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, avatar VARCHAR DEFAULT '' NOT NULL, closes_at DATETIME, waits VARCHAR DEFAULT '' NOT NULL, language VARCHAR DEFAULT '' NOT NULL, password_form VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "auth_user" VALUES('0487d2cff9a24bd79c1cc1ffb41ef0a5','Alice','Liddell',X'49C82A8C5BEEB8988693A00BCD59FF1EC9365F3D60EFEE9FDCA78FC198B50CE202C42C35719177ECFA77FE6CD518FB104DAE3AF342C74C34090F40E33318DAB4B7A25D16783F0A40E4771E04E8FAE2F4B74686AD819C5439A5FEB341FFC73E4B5C10F37E2370D3B154494C5588ACF97B31EF9757826794669F689114591F672D6F8EFC851E354CD92E7A5573BA16B0E17178BAA0C7AE78DD83F34EB8BE015B5B66343CD63A',0,'2026-12-01 12:00:00.000010','',NULL,'','~en','4096:16');
INSERT INTO "auth_user" VALUES('709d629470ff4df8aa39260997054fee','Bob','',X'49C82A8CF849F2AB6C930E83F7BA7172AC081C6510C1840324D3570594B12955B50F2B46B23FF45C5A915C62E791C2D87562294928A82F279359DC9B02119E5EF7D04B6C9A3AB87A1281A287B437BF321782B16D330BE54ABF0D52A12E46F8D113DEB27F6DC5646ACB405DF8B65DD98B3228F3FF5A2E43EC8F1592A55BAE5C1E5E85523C9B3D8F3991CD8033961C39BF372C243FD5851BD3366403A2A02B66B3CE94AF0294',0,'2026-12-01 12:00:00.000048','',NULL,'','~en','4096:16');
CREATE TABLE auth_word (
	word VARCHAR NOT NULL, 
	user_id CHAR(32) NOT NULL, 
	PRIMARY KEY (word, user_id), 
	FOREIGN KEY(user_id) REFERENCES auth_user (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "auth_word" VALUES('alice example com','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('alice liddell','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('alice second example','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('example com','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('liddell alice','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('second example','0487d2cff9a24bd79c1cc1ffb41ef0a5');
INSERT INTO "auth_word" VALUES('14155550123','709d629470ff4df8aa39260997054fee');
INSERT INTO "auth_word" VALUES('4155550123','709d629470ff4df8aa39260997054fee');
INSERT INTO "auth_word" VALUES('bob','709d629470ff4df8aa39260997054fee');
INSERT INTO "auth_word" VALUES('bob example com','709d629470ff4df8aa39260997054fee');
INSERT INTO "auth_word" VALUES('example com','709d629470ff4df8aa39260997054fee');
CREATE INDEX ix_auth_message_due ON auth_message (state, due_at);
CREATE INDEX ix_auth_message_recipient ON auth_message (recipient);
CREATE INDEX ix_auth_spent_expires_at ON auth_spent (expires_at);
CREATE INDEX ix_auth_tally_ends_at ON auth_tally (ends_at);
CREATE INDEX ix_auth_user_imported ON auth_user (imported);
CREATE INDEX ix_auth_action_link_email ON auth_action_link (email);
CREATE INDEX ix_auth_action_link_expires_at ON auth_action_link (expires_at);
CREATE INDEX ix_auth_action_link_user_id ON auth_action_link (user_id);
CREATE INDEX ix_auth_email_address ON auth_email (address);
CREATE UNIQUE INDEX ux_auth_email_confirmed ON auth_email (address) WHERE confirmed_at IS NOT NULL;
CREATE INDEX ix_auth_session_expires_at ON auth_session (expires_at);
CREATE INDEX ix_auth_session_user_id ON auth_session (user_id);
CREATE INDEX ix_auth_ticket_expires_at ON auth_ticket (expires_at);
CREATE INDEX ix_auth_ticket_user_id ON auth_ticket (user_id);
CREATE INDEX ix_auth_user_closes_at ON auth_user (closes_at);
CREATE UNIQUE INDEX ux_auth_email_claim ON auth_email (user_id, address);
CREATE UNIQUE INDEX ux_auth_email_main ON auth_email (user_id) WHERE is_main;
CREATE INDEX ix_auth_entry_at ON auth_entry (at);
CREATE INDEX ix_auth_entry_user_id_at ON auth_entry (user_id, at);
CREATE UNIQUE INDEX ix_auth_phone_number ON auth_phone (number);
CREATE INDEX ix_auth_phone_user_id ON auth_phone (user_id);
CREATE UNIQUE INDEX ux_auth_phone_main ON auth_phone (user_id) WHERE is_main;
CREATE INDEX ix_auth_code_target ON auth_code (target);
CREATE INDEX ix_auth_code_user_id ON auth_code (user_id);
CREATE INDEX ix_auth_code_ends_at ON auth_code (ends_at);
CREATE INDEX ix_auth_user_waits ON auth_user (waits);
CREATE INDEX ix_auth_identity_user_id ON auth_identity (user_id);
CREATE UNIQUE INDEX ux_auth_identity_subject ON auth_identity (origin, subject);
CREATE INDEX ix_auth_membership_name ON auth_membership (name);
CREATE UNIQUE INDEX ix_auth_applicant_address ON auth_applicant (address);
CREATE INDEX ix_auth_applicant_asked_at ON auth_applicant (asked_at, id);
CREATE INDEX ix_auth_word_user_id ON auth_word (user_id, word);
CREATE INDEX ix_auth_user_created_at ON auth_user (created_at, id);
CREATE INDEX ix_auth_user_waits_created_at ON auth_user (waits, created_at, id);
CREATE INDEX ix_auth_user_closed ON auth_user (created_at, id) WHERE closes_at IS NOT NULL;
COMMIT;
