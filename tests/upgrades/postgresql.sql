--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: auth_action_link; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_action_link (
    id character varying NOT NULL,
    verifier bytea NOT NULL,
    action character varying NOT NULL,
    email character varying NOT NULL,
    user_id uuid,
    data json NOT NULL,
    connects boolean NOT NULL,
    uses_left integer NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: auth_alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: auth_applicant; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_applicant (
    id uuid NOT NULL,
    address character varying NOT NULL,
    language character varying NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    invited_at timestamp with time zone
);


--
-- Name: auth_avatar; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_avatar (
    user_id uuid NOT NULL,
    image bytea NOT NULL
);


--
-- Name: auth_challenge_form; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_challenge_form (
    form character varying NOT NULL,
    count integer NOT NULL
);


--
-- Name: auth_code; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_code (
    id character varying NOT NULL,
    verifier bytea NOT NULL,
    purpose character varying NOT NULL,
    target character varying NOT NULL,
    user_id uuid,
    data json NOT NULL,
    record bytea,
    digest bytea NOT NULL,
    sends integer NOT NULL,
    uses_left integer NOT NULL,
    again_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL
);


--
-- Name: auth_email; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_email (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    address character varying NOT NULL,
    is_main boolean NOT NULL,
    confirmed_at timestamp with time zone,
    added_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL
);


--
-- Name: auth_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_entry (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    what character varying NOT NULL,
    about character varying NOT NULL,
    address character varying NOT NULL,
    browser character varying NOT NULL
);


--
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group (
    name character varying NOT NULL,
    about character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: auth_identity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_identity (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    origin character varying NOT NULL,
    subject character varying NOT NULL,
    name character varying NOT NULL,
    about character varying NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone
);


--
-- Name: auth_lasting_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_lasting_key (
    name character varying NOT NULL,
    sealed bytea NOT NULL
);


--
-- Name: auth_membership; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_membership (
    user_id uuid NOT NULL,
    name character varying NOT NULL
);


--
-- Name: auth_message; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_message (
    id uuid NOT NULL,
    recipient character varying NOT NULL,
    subject character varying NOT NULL,
    text character varying NOT NULL,
    html character varying NOT NULL,
    state character varying NOT NULL,
    attempts integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    written_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    problem character varying NOT NULL,
    useless_at timestamp with time zone
);


--
-- Name: auth_phone; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_phone (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    number character varying NOT NULL,
    is_main boolean NOT NULL,
    confirmed_at timestamp with time zone NOT NULL
);


--
-- Name: auth_scram_record; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_scram_record (
    user_id uuid NOT NULL,
    identifier character varying NOT NULL,
    form character varying NOT NULL,
    record bytea NOT NULL
);


--
-- Name: auth_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_session (
    id character varying NOT NULL,
    verifier bytea,
    user_id uuid NOT NULL,
    identifier character varying NOT NULL,
    method character varying NOT NULL,
    keep boolean NOT NULL,
    address character varying NOT NULL,
    browser character varying NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    proved_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: auth_spent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_spent (
    digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: auth_tally; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_tally (
    digest bytea NOT NULL,
    count integer NOT NULL,
    blocked_until timestamp with time zone,
    ends_at timestamp with time zone NOT NULL
);


--
-- Name: auth_ticket; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_ticket (
    id character varying NOT NULL,
    verifier bytea NOT NULL,
    tab bytea NOT NULL,
    user_id uuid NOT NULL,
    session_id character varying,
    identifier character varying NOT NULL,
    method character varying NOT NULL,
    keep boolean NOT NULL,
    uses_left integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    key_digest bytea,
    proved_at timestamp with time zone
);


--
-- Name: auth_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_user (
    id uuid NOT NULL,
    first_name character varying NOT NULL,
    last_name character varying NOT NULL,
    password_record bytea,
    imported boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    avatar character varying DEFAULT ''::character varying NOT NULL,
    closes_at timestamp with time zone,
    waits character varying DEFAULT ''::character varying NOT NULL,
    language character varying DEFAULT ''::character varying NOT NULL,
    password_form character varying DEFAULT ''::character varying NOT NULL
);


--
-- Name: auth_word; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_word (
    word character varying NOT NULL COLLATE pg_catalog."C",
    user_id uuid NOT NULL
);


--
-- Data for Name: auth_action_link; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_action_link VALUES ('wgp0FrbB91updAOZ', '\x0bbd9de0dc61c8c6db034611cdd86225e7a9c91fb09869a6da0aac7e7303570f', 'sign_up', 'alice@example.com', NULL, '{}', true, 0, '2026-12-01 12:00:00.000004+00', '2026-12-02 12:00:00.000004+00');
INSERT INTO public.auth_action_link VALUES ('vHt_HEFcT5R3CWuj', '\xd6465b05481a8f2ea9628ebbc95a65067dd07468c6b4bab5f83df809dfb44ce4', 'wasnt_me', 'alice@example.com', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '{"undo": "", "about": ""}', false, 1, '2026-12-01 12:00:00.000031+00', '2026-12-08 12:00:00.000031+00');
INSERT INTO public.auth_action_link VALUES ('mutGZgWrjUWjfsvy', '\x88a8a5794f080fd3de65670229de2b019d87defcea892e65d963ddfbb7492393', 'sign_up', 'bob@example.com', NULL, '{}', true, 0, '2026-12-01 12:00:00.000042+00', '2026-12-02 12:00:00.000042+00');
INSERT INTO public.auth_action_link VALUES ('DXCursCiIj8Kz684', '\x75a778202006f8a9c4e09e3d4b0f4fc62f03fc03ca0b01db89294bc4ccb2d603', 'wasnt_me', 'bob@example.com', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '{"undo": "", "about": ""}', false, 1, '2026-12-01 12:00:00.000069+00', '2026-12-08 12:00:00.000069+00');
INSERT INTO public.auth_action_link VALUES ('wviYMzvb5yDIghkh', '\x462b06f9b32a5dee134b3ca1053dd5ec64d7b8e22eff327525b2b4ffe6703613', 'wasnt_me', 'bob@example.com', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '{"undo": "added", "about": "+14155550123"}', false, 1, '2026-12-01 12:00:00.000101+00', '2026-12-08 12:00:00.000101+00');
INSERT INTO public.auth_action_link VALUES ('_ArhGYPYpC_CDixl', '\xed9e73eee50760bbd3eb3889ca6071689a17bd5e08f3817c60e13ecd5e636cd3', 'wasnt_me', '+14155550123', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '{"undo": "added", "about": "+14155550123"}', false, 1, '2026-12-01 12:00:00.000103+00', '2026-12-08 12:00:00.000103+00');
INSERT INTO public.auth_action_link VALUES ('LJs0s25Tr5AaUnTi', '\x9421e59396b8be3d6ed255f61a25fa3d266bf82c06ab69be3747233fc98ec6fc', 'leave_list', 'wanda@example.com', NULL, '{}', false, 1, '2026-12-01 12:00:00.000112+00', '2027-12-01 12:00:00.000112+00');
INSERT INTO public.auth_action_link VALUES ('jmCL10i589lLWK1K', '\x70fd61128542a4726ac7ff46de79a7518d465dfc38d1c731ea87d60d1617a32c', 'wasnt_me', 'bob@example.com', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '{"undo": "", "about": ""}', false, 1, '2026-12-01 12:00:00.000124+00', '2026-12-08 12:00:00.000124+00');
INSERT INTO public.auth_action_link VALUES ('UbqddmWfEPhaQwCD', '\x83f9b431d233f2aaf4428174e5b512320c3798d4ceb3a8db6a90e26f8d99605b', 'add_email', 'alice@second.example', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '{}', false, 1, '2026-12-01 12:00:00.000138+00', '2026-12-02 12:00:00.000138+00');
INSERT INTO public.auth_action_link VALUES ('E70a5I5gRf5zM7nR', '\x871dd848308bfb254d1c307a3fe9973ed4aad4abc533aea8057bd8eebcf1df18', 'sign_up', 'carol@example.com', NULL, '{}', true, 1, '2026-12-01 12:00:00.000143+00', '2026-12-02 12:00:00.000143+00');
INSERT INTO public.auth_action_link VALUES ('7LqElcPLk5NbpkzN', '\xa605262cb57f38194806056f7ff22fc79d2b6143904ba16fb7c3712f95ce68b8', 'reset', 'alice@example.com', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '{}', true, 1, '2026-12-01 12:00:00.000148+00', '2026-12-01 13:00:00.000148+00');


--
-- Data for Name: auth_alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_alembic_version VALUES ('0010');


--
-- Data for Name: auth_applicant; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_applicant VALUES ('e56d5959-51a0-496b-af7e-f9ab69dc97ee', 'wanda@example.com', 'en', '2026-12-01 12:00:00.000111+00', NULL);


--
-- Data for Name: auth_avatar; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_challenge_form; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_code; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_code VALUES ('6d8wdLJD2he26Unu', '\x452a3d8d55a5d11c760d56b90ed67a1d635b39d1c7606d794e33e5fbd8abc31d', 'sign_up', '+14155550199', NULL, '{"first_name": "Dan", "last_name": "", "user_id": "b899d640-20a3-4ef7-a525-5e5156ae4d16", "record": "ScgqjME7ocLjkZ2vxERT0YiHILjjL2kBNxyhJXDDW2X4Vsm4nyWiWzCBYaJWKmXUdluhfFzvlzOMK-_4dHukhLu68j_HCV6PS1706pMIvseAThLKOTwHwJBvf0byWvrcdfa8BKDvDn7AKXA9Z4_5kGcL_0dgwtfm-y3TT8F_mPCI08lx9tmHv6nEvpwVxCOgWMe7mOrcqxYD353kfNlPAlUBtZN9", "instead": null}', '\x49c82a8c5a67206c1dd22243d03a94464d5a080df286eebdf9110861f3c816a6c5a84708674bb090f7234111277e4ca215bc8bebb21fa6509784f3b57c3e9ff87feb028e256dbbd987809c252362a33f7c29dfcc199894aadcd8b1cd3cd7d2bc1b3e7453aef6c6be303d82b6efb2883f663044a93aa39053ea11dfb5b18948168c096285ea5d9a00caf38fa2384ce3c0118e337e99a8fd9cbccec6f6b8d8d88864776d0eda', '\x35018116af15cc4f6b3d8b40151bc9ab50f775724e0f9c668e6be01749276ecc', 1, 5, '2026-12-01 12:00:30.000161+00', '2026-12-01 12:05:00.000163+00', '2026-12-01 13:00:00.000162+00');


--
-- Data for Name: auth_email; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_email VALUES ('989cb7f7-5e76-4a9e-bdc5-66f62d22fb6e', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', 'alice@example.com', true, '2026-12-01 12:00:00.000011+00', '2026-12-01 12:00:00.000011+00');
INSERT INTO public.auth_email VALUES ('ae197b88-b715-46cc-b3cc-d88ceb51da4a', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', 'bob@example.com', true, '2026-12-01 12:00:00.000049+00', '2026-12-01 12:00:00.000049+00');
INSERT INTO public.auth_email VALUES ('fad70a06-1ceb-4632-95ae-48dd78338e0a', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', 'alice@second.example', false, NULL, '2026-12-01 12:00:00.000135+00');


--
-- Data for Name: auth_entry; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_entry VALUES ('aa686c57-5829-4e29-abbd-45d00b541af7', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000012+00', 'signed_up', 'alice@example.com', '', '');
INSERT INTO public.auth_entry VALUES ('5251e55e-51e3-4d51-8f59-c7cca3ca3088', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000017+00', 'logged_in', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('65ecd688-b567-4d30-b573-be45d47d6f8b', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000021+00', 'names_set', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('080390f1-3e58-487c-af50-4e79898634e2', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000029+00', 'password_set', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('219825f8-ccb6-46b1-8813-bcad3d70b6f9', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.00005+00', 'signed_up', 'bob@example.com', '', '');
INSERT INTO public.auth_entry VALUES ('976b1bf5-b72c-4edd-92b1-f40cf2af2f48', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.000055+00', 'logged_in', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('f554dc04-c16e-4c60-882a-26bff3f524b5', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.000059+00', 'names_set', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('e257c8ef-8aee-4b10-b2fa-b8fafe5db347', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.000067+00', 'password_set', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('44988762-c525-47d5-8c77-701114dc6032', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.00009+00', 'phone_asked', '+1 415-555-0123', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('708f5778-0c5e-4ced-8f8b-a1e42b2f671c', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.000099+00', 'phone_added', '+1 415-555-0123', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('e42a4cd6-6065-400e-92a4-4ac5471313bc', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000107+00', 'group_joined', 'editors', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('55606913-9a57-400c-8c33-80c6bef304aa', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '2026-12-01 12:00:00.000122+00', 'password_set', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('77a46d3d-5aa7-48e9-8520-fadfee5031c2', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000136+00', 'email_asked', 'alice@second.example', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('80201bfe-a6d6-4a4c-b204-70e2dacfdfae', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.00015+00', 'recovery_asked', 'alice@example.com', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('946d5459-f3a0-4b26-b015-06426546bef6', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000174+00', 'refused', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('2a21ded5-b0b5-48d6-997f-43c1ad979e0e', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.000182+00', 'refused', '', '192.0.2.1', 'an unknown browser');
INSERT INTO public.auth_entry VALUES ('06484141-cda9-4721-bf5f-740707645741', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', '2026-12-01 12:00:00.00019+00', 'refused', '', '192.0.2.1', 'an unknown browser');


--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_group VALUES ('editors', 'May write', '2026-12-01 12:00:00.000106+00');


--
-- Data for Name: auth_identity; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_identity VALUES ('de1cd677-ac74-4dab-9ee0-eb42b94c8c75', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', 'https://id.example', 'subject-1', 'work', 'alice@work.example', '2026-12-01 12:00:00.000105+00', NULL);


--
-- Data for Name: auth_lasting_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_lasting_key VALUES ('salt', '\xdf112bb1d2b512b215808f27e0bc762aa77ed8e49193c8936b87014d562b9b20c8e4fdece66b446b94d394a743da61f8d108c61642acf8c5f9fe1f5509759303');
INSERT INTO public.auth_lasting_key VALUES ('old salt', '\xdf112bb105ea64464ca043a22dc12c7ecbfbd70d0f2a8dbaba05b4c6c691d388d25b6661b3f8a1c90bd99f5cc1223ad7510f7ca2d466a4448ccab437cab6bdcd');
INSERT INTO public.auth_lasting_key VALUES ('plain', '\xdf112bb17e286adfa38d659bf8a7125b5c2aa08cb3fb9ca1261ca5e5c9ded7ad1f039145458c46f18bc42179c0df6130ba74c8680dc0828362e23291bd91cec0');


--
-- Data for Name: auth_membership; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_membership VALUES ('a2edd116-3d1b-4d98-b36b-f084fbd94395', 'editors');


--
-- Data for Name: auth_message; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_message VALUES ('a631b5b8-8aaa-4fc8-b7ea-7eecd37f52bf', 'alice@example.com', 'Confirm your email address for authapp', 'Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#wgp0FrbB91updAOZ.Q1gtWqIRrTiwF_ydHl-qipXDMCLH-8pFWBqrLf5Ewog

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#wgp0FrbB91updAOZ.Q1gtWqIRrTiwF_ydHl-qipXDMCLH-8pFWBqrLf5Ewog" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000005+00', '2026-12-01 12:00:00.000005+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('8f8a1fdc-77f1-4ba9-b0d0-d855d38af085', 'alice@example.com', 'Your password was set at authapp', 'A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#vHt_HEFcT5R3CWuj.HsEZfA8M7oTLc28YCbh1b-owlUfMLfsMEyr2lzD0H38

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#vHt_HEFcT5R3CWuj.HsEZfA8M7oTLc28YCbh1b-owlUfMLfsMEyr2lzD0H38" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000032+00', '2026-12-01 12:00:00.000032+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('eb0d5923-5510-473e-9b19-e417b89085e7', 'bob@example.com', 'Confirm your email address for authapp', 'Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#mutGZgWrjUWjfsvy.IKAkZKtlUB0rkzyrbcKJPy4JBnpjJ6ACqzmXK9STwI8

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#mutGZgWrjUWjfsvy.IKAkZKtlUB0rkzyrbcKJPy4JBnpjJ6ACqzmXK9STwI8" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000043+00', '2026-12-01 12:00:00.000043+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('ae60da7c-a0ca-471b-b8a1-9c4b5de9fcfc', 'bob@example.com', 'Your password was set at authapp', 'A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#DXCursCiIj8Kz684.BjCiX9K_l8Wx7XMpYH1iDKUho0cEJwJRib41h9rpSf8

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#DXCursCiIj8Kz684.BjCiX9K_l8Wx7XMpYH1iDKUho0cEJwJRib41h9rpSf8" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.00007+00', '2026-12-01 12:00:00.00007+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('b6012333-08d3-410f-9d94-edd430c73f34', '+14155550123', '', '368326 is your code for authapp. It works for 5 minutes. We never ask you for it.
@localhost:3000 #368326', '', 'waiting', 0, '2026-12-01 12:00:00.000088+00', '2026-12-01 12:00:00.000088+00', NULL, '', '2026-12-01 12:05:00.000087+00');
INSERT INTO public.auth_message VALUES ('092f9414-609e-4ed0-99b6-29fc6069518f', 'bob@example.com', 'A phone number was added to your account at authapp', 'The number +1 415-555-0123 was added to your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#wviYMzvb5yDIghkh.Xo8M5psG3jO1LN5kPBRYoRWKhOamSAckgCZhgdrel8M

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>The number +1 415-555-0123 was added to your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#wviYMzvb5yDIghkh.Xo8M5psG3jO1LN5kPBRYoRWKhOamSAckgCZhgdrel8M" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000102+00', '2026-12-01 12:00:00.000102+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('c5e11416-2dc7-4886-ac70-da6e988b82ec', '+14155550123', '', 'A phone number was added to your account at authapp (+1 415-555-0123): 1 December 2026, 12:00 UTC. Not you? http://localhost:3000/link#_ArhGYPYpC_CDixl.Q2hDfnmv5_dlZwE9ELTtfNODLCINm9XlW6gu_wDXLsI', '', 'waiting', 0, '2026-12-01 12:00:00.000104+00', '2026-12-01 12:00:00.000104+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('5e69a4c6-f42c-49ae-a45a-01eddb7610ef', 'wanda@example.com', 'You are on the waiting list of authapp', 'Somebody, hopefully you, asked for an account with this address. We write again as soon as there is one for you.

If it was not you, or if you changed your mind, take the address off the list.

Leave the waiting list: http://localhost:3000/link#LJs0s25Tr5AaUnTi._BpDRVmo7ktxuHfi7pC9Z58KghBHlo3aSyGm7Formaw

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked for an account with this address. We write again as soon as there is one for you.</p><p>If it was not you, or if you changed your mind, take the address off the list.</p>
<p><a href="http://localhost:3000/link#LJs0s25Tr5AaUnTi._BpDRVmo7ktxuHfi7pC9Z58KghBHlo3aSyGm7Formaw" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Leave the waiting list</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000113+00', '2026-12-01 12:00:00.000113+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('53cf814c-b54f-47c0-8f74-1b0560054a23', 'bob@example.com', 'Your password was set at authapp', 'A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.

If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.

This wasn’t me: http://localhost:3000/link#jmCL10i589lLWK1K.1QX_NWN4UVNtxXNoCT6aJqHcz0f4SE2R6Xukt4lE43E

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>A new password was set for your account: 1 December 2026, 12:00 UTC, with an unknown browser, from the address 192.0.2.1. All other sessions were signed out.</p><p>If this was you, all is well. If it was not, press the button: every session is signed out, the password stops working, and we mail you a link to choose a new one.</p>
<p><a href="http://localhost:3000/link#jmCL10i589lLWK1K.1QX_NWN4UVNtxXNoCT6aJqHcz0f4SE2R6Xukt4lE43E" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">This wasn’t me</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000125+00', '2026-12-01 12:00:00.000125+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('a8e8ab06-a600-47ff-92d9-2dd9fb1d1074', 'alice@second.example', 'Add this email address to your account at authapp', 'Somebody, hopefully you, asked to add this address to an account.

Open the link within 1 day and log in to confirm it. If it was not you, ignore this mail: nothing happens then.

Add this address: http://localhost:3000/link#UbqddmWfEPhaQwCD.-78iuJ-KZ4LaGEh1RI_3H6SDYliZBa99-jzCY_GWFPI

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked to add this address to an account.</p><p>Open the link within 1 day and log in to confirm it. If it was not you, ignore this mail: nothing happens then.</p>
<p><a href="http://localhost:3000/link#UbqddmWfEPhaQwCD.-78iuJ-KZ4LaGEh1RI_3H6SDYliZBa99-jzCY_GWFPI" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Add this address</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000139+00', '2026-12-01 12:00:00.000139+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('d753e6d3-0697-4c13-a40b-e2ad8221d55f', 'carol@example.com', 'Confirm your email address for authapp', 'Somebody, hopefully you, signed up for authapp with this address.

Confirm it within 1 day to finish. If it was not you, ignore this mail.

Confirm and continue: http://localhost:3000/link#E70a5I5gRf5zM7nR.1T3aj2EOGKQlwndyBcolRKPOQSUMnoWz6BD0ytnmCoY

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, signed up for authapp with this address.</p><p>Confirm it within 1 day to finish. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#E70a5I5gRf5zM7nR.1T3aj2EOGKQlwndyBcolRKPOQSUMnoWz6BD0ytnmCoY" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Confirm and continue</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000144+00', '2026-12-01 12:00:00.000144+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('32d58c28-03e7-471f-8bed-dddb63535594', 'alice@example.com', 'Recover your account at authapp', 'Somebody, hopefully you, asked to recover your account.

The link works for 1 hour, once. It signs you in, ends all other sessions and asks for a new password. If it was not you, ignore this mail.

Recover my account: http://localhost:3000/link#7LqElcPLk5NbpkzN.M2p4lV4pDAzLXhxADgGiCo_c-KhVjWKMfqRDkNmOO9k

-- authapp', '<div lang="en" dir="ltr" style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#18181b;max-width:32rem">
<p><strong>authapp</strong></p>
<p>Somebody, hopefully you, asked to recover your account.</p><p>The link works for 1 hour, once. It signs you in, ends all other sessions and asks for a new password. If it was not you, ignore this mail.</p>
<p><a href="http://localhost:3000/link#7LqElcPLk5NbpkzN.M2p4lV4pDAzLXhxADgGiCo_c-KhVjWKMfqRDkNmOO9k" style="display:inline-block;padding:12px 20px;border-radius:8px;text-decoration:none;background:#4338ca;color:#ffffff">Recover my account</a></p>
</div>', 'waiting', 0, '2026-12-01 12:00:00.000149+00', '2026-12-01 12:00:00.000149+00', NULL, '', NULL);
INSERT INTO public.auth_message VALUES ('003f91f1-e396-4a34-b7d9-df1c8a04fc0a', '+14155550199', '', '609900 is your code for authapp. It works for 5 minutes. We never ask you for it.
@localhost:3000 #609900', '', 'waiting', 0, '2026-12-01 12:00:00.000164+00', '2026-12-01 12:00:00.000164+00', NULL, '', '2026-12-01 12:05:00.000163+00');


--
-- Data for Name: auth_phone; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_phone VALUES ('83981340-9129-49c7-844a-69e1801f1fed', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '+14155550123', true, '2026-12-01 12:00:00.000098+00');


--
-- Data for Name: auth_scram_record; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_scram_record VALUES ('a2edd116-3d1b-4d98-b36b-f084fbd94395', 'alice@example.com', '4096:16', '\x49c82a8c5652e5b4a267f42f58e2839bef0f966874ad77549c0b804b4b16a8d657a038645129b0533121e8b882eaf2c617f1c2f66ddad21b10cc450049ed6d3ed49ff9e63843514a855b4dbfd536173d540c7aea11085b6977866b439465bef886d3f8f57f2d0f573af4aaf4a959f075fd990885001b3b211497d2b2b65b9e26713eb996715bbc6b75408d79c90e14b08e7c0284412a131ac2797a40da997fbb76bf9552a3');
INSERT INTO public.auth_scram_record VALUES ('c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', 'bob@example.com', '4096:16', '\x49c82a8c071434a9b9e0d48f41471797e2a5d662ad92803edb4beb867661c4f179cb91bc91aa3a6ee3bfd33d79e1eb068559d4d108f3bb4c7be22911f857216af6e0070576c600179cc0be5e7e67f98de8c7e52bef5bcc170ce159427cb26ff63c8f3ce0519e416aed375d8a050fbd5684c6b758b40a68d4d989288212e9d73d05b1da082348881a6ca79d022c22a18a430c3343d7901dab85dfa0a065e7586f277ecf0e3d');
INSERT INTO public.auth_scram_record VALUES ('c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', '+14155550123', '4096:16', '\x49c82a8ce3d8943d3e04aeb8c87d7f6a44b699653d132caf29f2a9b1f03b3d220ca0c042887e71c6d6c810eb024bf0612a7ffb953aaa49236e69dcbca6584643e1642fb1d043b309529600e5172b5bef48f337a14c3d013501bde14580bad645b487a78888d31d1fbd42913789eb370f9f50c6f5ff99bdb45199c8e457ebbbfebdde15c85875434e0ed4380e18a9c4c76dce68914f247501dd79980f633b5468b0bba04d68');


--
-- Data for Name: auth_session; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_session VALUES ('CDv_wyLRvGE0ELZu', '\x7c79925f58184fa515f22b4cf8c75d1e6199932bae67df5b175c4d933141aba6', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', 'alice@example.com', 'link', false, '192.0.2.1', 'Firefox at home', '2026-12-01 12:00:00.000016+00', '2026-12-01 12:00:00.000016+00', '2026-12-01 12:00:00.000016+00', '2026-12-02 00:00:00.000016+00');
INSERT INTO public.auth_session VALUES ('g79XBgLHiZjem2Ay', NULL, 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', 'bob@example.com', 'link', false, '192.0.2.1', 'Firefox at home', '2026-12-01 12:00:00.000054+00', '2026-12-01 12:00:00.000054+00', '2026-12-01 12:00:00.000054+00', '2026-12-02 00:00:00.000054+00');


--
-- Data for Name: auth_spent; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_tally; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_tally VALUES ('\x1e6fc72c2db11d1f1d05e4ae6fff8225d59a8025a921201bcb541e7c94421a7b', 1, NULL, '2026-12-01 13:00:00.000041+00');
INSERT INTO public.auth_tally VALUES ('\x39b98fcfe2f932a0cc9a713d763554bf91573b21f00abec270d22e4a336dc365', 1, '2026-12-01 12:00:30.000085+00', '2026-12-01 13:00:00.000082+00');
INSERT INTO public.auth_tally VALUES ('\x34855d6ca2d8209ebd913eabdbcc8aac17d0aad8036c80be2dd34068003c0243', 1, NULL, '2026-12-01 13:00:00.000095+00');
INSERT INTO public.auth_tally VALUES ('\x0701cdb81cfd2efcdb806c7ac239bdd5b782077575a4bd2a3cfb5ccbf0d03ef1', 1, NULL, '2026-12-01 13:00:00.00011+00');
INSERT INTO public.auth_tally VALUES ('\x0562fbc74a40902c2f882d13924927c51f225d7889702e7d8a71e0175f50d4f2', 4, NULL, '2026-12-01 13:00:00.000058+00');
INSERT INTO public.auth_tally VALUES ('\x1791ccd02a80f8497de1c5c0e7a6c38c0075bbb7747d7d1e5059386cb7346af9', 3, NULL, '2026-12-01 13:00:00.00002+00');
INSERT INTO public.auth_tally VALUES ('\x3f537bfd93059f86c1d49605a9b27e2b481842582377864a73c7d136a14ec29e', 1, NULL, '2026-12-01 13:00:00.000134+00');
INSERT INTO public.auth_tally VALUES ('\x1af7ef042e5934aad355be9f77e51e28beb8c4e5c4c580d269fe4904010725d1', 1, NULL, '2026-12-01 13:00:00.000137+00');
INSERT INTO public.auth_tally VALUES ('\x7e29f659ed238a087f8d814676211456a544ccca38a1a9ae76ad46a98938d86d', 1, NULL, '2026-12-01 13:00:00.000142+00');
INSERT INTO public.auth_tally VALUES ('\x23d6b22b9755b49a8393668a02b207915d4ca784616c603bbaea0c84b815a9bf', 5, NULL, '2026-12-01 12:01:00.000001+00');
INSERT INTO public.auth_tally VALUES ('\x5a913c9db0bc1b62aa62a204cc16a444b72d25004f9cb5f7e4649739c80faf0a', 5, NULL, '2026-12-02 12:00:00.000002+00');
INSERT INTO public.auth_tally VALUES ('\x04256903391d847d88b25ea9ad44d79dfff3ecc3724ba4926ea98df9d0d15d07', 2, NULL, '2026-12-01 13:00:00.000003+00');
INSERT INTO public.auth_tally VALUES ('\x666f2860588d16ee2a1958284bdcc69b057deb722f2dbe00621bbf822701bece', 2, NULL, '2026-12-01 13:00:00.000081+00');
INSERT INTO public.auth_tally VALUES ('\xd410987f9cf96809b138729d6e62aab57ba50be4903cf080b6339422f5b951e4', 2, NULL, '2026-12-02 12:00:00.000084+00');
INSERT INTO public.auth_tally VALUES ('\x330e08cca805bd649fb9a4a31965499d9e74711c23c73daeba4545fcd7765990', 1, '2026-12-01 12:00:30.000161+00', '2026-12-01 13:00:00.000158+00');
INSERT INTO public.auth_tally VALUES ('\xcf69e5a87b163282c557e48c13fca739ec8889566f2e3c158b3f2cd9ab8d794a', 3, NULL, '2036-11-28 12:00:00.000187+00');
INSERT INTO public.auth_tally VALUES ('\x9ad123712691b5d75417e27243017e2a0959ee6c3b49935d0ce6a265241cc93d', 3, NULL, '2026-12-02 12:00:00.000188+00');
INSERT INTO public.auth_tally VALUES ('\x8443bcc0a13d6c01f1821ef8d345fab55e6cfb6f0138957e1f42db8f0fe5ee8a', 3, NULL, '2026-12-01 12:01:00.000173+00');


--
-- Data for Name: auth_ticket; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_ticket VALUES ('cyMy-bogOaDtkRGJ', '\x43d21920955b81829308718c3634751431ba8a01b44ab2073aaabf5ff5679128', '\xe7a7b190bd262e4252c22150a6be9bc4fb5dee04f3268a305dc3c63ad802a173', 'a2edd116-3d1b-4d98-b36b-f084fbd94395', 'CDv_wyLRvGE0ELZu', 'alice@example.com', 'link', false, 0, '2026-12-01 12:00:30.000033+00', '\x164766a57dda8a57d08e41f0289f3a946aac94e44c8519bbf07820ae00aa74ca', NULL);
INSERT INTO public.auth_ticket VALUES ('ELPnB9GciVcdMbGz', '\xc9bb66055b73f710171b3d169718ce3166e40a38df55d11bb6d846251be7d9a2', '\xe7a7b190bd262e4252c22150a6be9bc4fb5dee04f3268a305dc3c63ad802a173', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', 'g79XBgLHiZjem2Ay', 'bob@example.com', 'link', false, 1, '2026-12-01 12:00:30.000126+00', '\xccbb41d5392118abc24b0d29c6918f41845cb4661663ad2e50c5ca1b630e003c', NULL);
INSERT INTO public.auth_ticket VALUES ('fUYZI9x9n6wqLi_u', '\x4040c5603842e47eb1958e598e93239c2d372dd9eddeccc038132c1e4bd1b964', '\xe7a7b190bd262e4252c22150a6be9bc4fb5dee04f3268a305dc3c63ad802a173', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', NULL, 'bob@example.com', 'password', true, 1, '2026-12-01 12:00:30.00013+00', NULL, NULL);


--
-- Data for Name: auth_user; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_user VALUES ('a2edd116-3d1b-4d98-b36b-f084fbd94395', 'Alice', 'Liddell', '\x49c82a8c3004a04f2d2bcd3668c480acd13d156c301b9731de7868eaec8621e2ac9285461c0856e9ebcf88a953a5d993469eb2a6268aea74ad628042c2646aebb27796b664f602807c9aeca496114dfb5e7644e5064f121cec448b7c953fbb87f261ef96aa830055a892946582bfefb1af01c417bc5bf9850e672ae2818ed8e3c0929175775031289b4325518e955db2d951c420cbed8505c6fc65441da3a7808de027210b', false, '2026-12-01 12:00:00.00001+00', '', NULL, '', '~en', '4096:16');
INSERT INTO public.auth_user VALUES ('c7f06d01-c9e5-4e2f-ab38-368ed03bd62e', 'Bob', '', '\x49c82a8c7edbd5de1776a6338db07426fe803e6c720ac3fd20cc92b6c121a62e579f3c34fe5e195eb1918ad82f9df4fd1d0e5003ce753c166ee15d9cad081d64e04cacc3a323a349e696e38a2d936beed8ed8895a47a9dc12bfe34533d65ed4dc55dc9a50f33c177e5d38555c47ab78e36b3100121e41e6f104588fd765322fde7c09323087282572fba376f5fc8f319f220cd5639a03e29ffd0811a56cf4b2322b4a49660', false, '2026-12-01 12:00:00.000048+00', '', NULL, '', '~en', '4096:16');


--
-- Data for Name: auth_word; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_word VALUES ('alice example com', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');
INSERT INTO public.auth_word VALUES ('example com', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');
INSERT INTO public.auth_word VALUES ('alice liddell', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');
INSERT INTO public.auth_word VALUES ('liddell alice', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');
INSERT INTO public.auth_word VALUES ('bob example com', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e');
INSERT INTO public.auth_word VALUES ('example com', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e');
INSERT INTO public.auth_word VALUES ('bob', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e');
INSERT INTO public.auth_word VALUES ('14155550123', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e');
INSERT INTO public.auth_word VALUES ('4155550123', 'c7f06d01-c9e5-4e2f-ab38-368ed03bd62e');
INSERT INTO public.auth_word VALUES ('alice second example', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');
INSERT INTO public.auth_word VALUES ('second example', 'a2edd116-3d1b-4d98-b36b-f084fbd94395');


--
-- Name: auth_action_link auth_action_link_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_action_link
    ADD CONSTRAINT auth_action_link_pkey PRIMARY KEY (id);


--
-- Name: auth_alembic_version auth_alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_alembic_version
    ADD CONSTRAINT auth_alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: auth_applicant auth_applicant_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_applicant
    ADD CONSTRAINT auth_applicant_pkey PRIMARY KEY (id);


--
-- Name: auth_avatar auth_avatar_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_avatar
    ADD CONSTRAINT auth_avatar_pkey PRIMARY KEY (user_id);


--
-- Name: auth_challenge_form auth_challenge_form_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_challenge_form
    ADD CONSTRAINT auth_challenge_form_pkey PRIMARY KEY (form);


--
-- Name: auth_code auth_code_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_code
    ADD CONSTRAINT auth_code_pkey PRIMARY KEY (id);


--
-- Name: auth_email auth_email_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_email
    ADD CONSTRAINT auth_email_pkey PRIMARY KEY (id);


--
-- Name: auth_entry auth_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_entry
    ADD CONSTRAINT auth_entry_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (name);


--
-- Name: auth_identity auth_identity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_identity
    ADD CONSTRAINT auth_identity_pkey PRIMARY KEY (id);


--
-- Name: auth_lasting_key auth_lasting_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_lasting_key
    ADD CONSTRAINT auth_lasting_key_pkey PRIMARY KEY (name);


--
-- Name: auth_membership auth_membership_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_membership
    ADD CONSTRAINT auth_membership_pkey PRIMARY KEY (user_id, name);


--
-- Name: auth_message auth_message_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_message
    ADD CONSTRAINT auth_message_pkey PRIMARY KEY (id);


--
-- Name: auth_phone auth_phone_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_phone
    ADD CONSTRAINT auth_phone_pkey PRIMARY KEY (id);


--
-- Name: auth_scram_record auth_scram_record_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_scram_record
    ADD CONSTRAINT auth_scram_record_pkey PRIMARY KEY (user_id, identifier);


--
-- Name: auth_session auth_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_session
    ADD CONSTRAINT auth_session_pkey PRIMARY KEY (id);


--
-- Name: auth_spent auth_spent_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_spent
    ADD CONSTRAINT auth_spent_pkey PRIMARY KEY (digest);


--
-- Name: auth_tally auth_tally_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_tally
    ADD CONSTRAINT auth_tally_pkey PRIMARY KEY (digest);


--
-- Name: auth_ticket auth_ticket_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_ticket
    ADD CONSTRAINT auth_ticket_pkey PRIMARY KEY (id);


--
-- Name: auth_user auth_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);


--
-- Name: auth_word auth_word_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_word
    ADD CONSTRAINT auth_word_pkey PRIMARY KEY (word, user_id);


--
-- Name: ix_auth_action_link_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_action_link_email ON public.auth_action_link USING btree (email);


--
-- Name: ix_auth_action_link_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_action_link_expires_at ON public.auth_action_link USING btree (expires_at);


--
-- Name: ix_auth_action_link_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_action_link_user_id ON public.auth_action_link USING btree (user_id);


--
-- Name: ix_auth_applicant_address; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_auth_applicant_address ON public.auth_applicant USING btree (address);


--
-- Name: ix_auth_applicant_asked_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_applicant_asked_at ON public.auth_applicant USING btree (asked_at, id);


--
-- Name: ix_auth_code_ends_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_code_ends_at ON public.auth_code USING btree (ends_at);


--
-- Name: ix_auth_code_target; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_code_target ON public.auth_code USING btree (target);


--
-- Name: ix_auth_code_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_code_user_id ON public.auth_code USING btree (user_id);


--
-- Name: ix_auth_email_address; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_email_address ON public.auth_email USING btree (address);


--
-- Name: ix_auth_entry_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_entry_at ON public.auth_entry USING btree (at);


--
-- Name: ix_auth_entry_user_id_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_entry_user_id_at ON public.auth_entry USING btree (user_id, at);


--
-- Name: ix_auth_identity_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_identity_user_id ON public.auth_identity USING btree (user_id);


--
-- Name: ix_auth_membership_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_membership_name ON public.auth_membership USING btree (name);


--
-- Name: ix_auth_message_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_message_due ON public.auth_message USING btree (state, due_at);


--
-- Name: ix_auth_message_recipient; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_message_recipient ON public.auth_message USING btree (recipient);


--
-- Name: ix_auth_phone_number; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_auth_phone_number ON public.auth_phone USING btree (number);


--
-- Name: ix_auth_phone_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_phone_user_id ON public.auth_phone USING btree (user_id);


--
-- Name: ix_auth_session_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_session_expires_at ON public.auth_session USING btree (expires_at);


--
-- Name: ix_auth_session_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_session_user_id ON public.auth_session USING btree (user_id);


--
-- Name: ix_auth_spent_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_spent_expires_at ON public.auth_spent USING btree (expires_at);


--
-- Name: ix_auth_tally_ends_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_tally_ends_at ON public.auth_tally USING btree (ends_at);


--
-- Name: ix_auth_ticket_expires_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_ticket_expires_at ON public.auth_ticket USING btree (expires_at);


--
-- Name: ix_auth_ticket_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_ticket_user_id ON public.auth_ticket USING btree (user_id);


--
-- Name: ix_auth_user_closed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_closed ON public.auth_user USING btree (created_at, id) WHERE (closes_at IS NOT NULL);


--
-- Name: ix_auth_user_closes_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_closes_at ON public.auth_user USING btree (closes_at);


--
-- Name: ix_auth_user_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_created_at ON public.auth_user USING btree (created_at, id);


--
-- Name: ix_auth_user_imported; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_imported ON public.auth_user USING btree (imported);


--
-- Name: ix_auth_user_waits; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_waits ON public.auth_user USING btree (waits);


--
-- Name: ix_auth_user_waits_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_user_waits_created_at ON public.auth_user USING btree (waits, created_at, id);


--
-- Name: ix_auth_word_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_auth_word_user_id ON public.auth_word USING btree (user_id, word);


--
-- Name: ux_auth_email_claim; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ux_auth_email_claim ON public.auth_email USING btree (user_id, address);


--
-- Name: ux_auth_email_confirmed; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ux_auth_email_confirmed ON public.auth_email USING btree (address) WHERE (confirmed_at IS NOT NULL);


--
-- Name: ux_auth_email_main; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ux_auth_email_main ON public.auth_email USING btree (user_id) WHERE is_main;


--
-- Name: ux_auth_identity_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ux_auth_identity_subject ON public.auth_identity USING btree (origin, subject);


--
-- Name: ux_auth_phone_main; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ux_auth_phone_main ON public.auth_phone USING btree (user_id) WHERE is_main;


--
-- Name: auth_action_link auth_action_link_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_action_link
    ADD CONSTRAINT auth_action_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_avatar auth_avatar_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_avatar
    ADD CONSTRAINT auth_avatar_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_code auth_code_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_code
    ADD CONSTRAINT auth_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_email auth_email_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_email
    ADD CONSTRAINT auth_email_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_entry auth_entry_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_entry
    ADD CONSTRAINT auth_entry_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_identity auth_identity_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_identity
    ADD CONSTRAINT auth_identity_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_membership auth_membership_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_membership
    ADD CONSTRAINT auth_membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_phone auth_phone_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_phone
    ADD CONSTRAINT auth_phone_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_scram_record auth_scram_record_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_scram_record
    ADD CONSTRAINT auth_scram_record_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_session auth_session_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_session
    ADD CONSTRAINT auth_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_ticket auth_ticket_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_ticket
    ADD CONSTRAINT auth_ticket_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- Name: auth_word auth_word_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_word
    ADD CONSTRAINT auth_word_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_user(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


