--
-- PostgreSQL database dump
--

\restrict 2ywe1yJuGY7NhULwA85kLkN7fCXlNcjByXp7hyQqwD4nhRdZGMz2dX7AhR0orob

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
-- Name: users; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying(50) NOT NULL,
    password character varying(200) NOT NULL,
    enabled boolean NOT NULL
);


ALTER TABLE public.users OWNER TO postgres;

--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.users VALUES (1, 'TestUser', '{bcrypt}$2a$10$utrQA8pd7mWacKESpPuWiefCOx/fjEXXWj/aK0Ad7PKnCNavk.yDu', true);
INSERT INTO public.users VALUES (2, 'alan', '{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=16384,t=2,p=1$ukdtuOnaWYKMoien25G6ug$tQyCxhBFD8BxXNk5rtYxO2T45qDAtVP+il2Hxims+2Q', true);
INSERT INTO public.users VALUES (3, 'plain', '$argon2id$v=19$m=16384,t=2,p=1$xcn0SrswDNUUDqsYlzXjwQ$HhXgSHUw2rGWLQw4OzzW3rTWgLwOKC+Ag32MlqNNabo', true);
INSERT INTO public.users VALUES (4, 'barred', '{bcrypt}$2a$10$gyzc9z2n9ELIJBiAojTKreuD1EPe1o4Z.C1a9Yqac.C3Qmt2GH0Qy', false);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: users users_username_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_key UNIQUE (username);


--
-- PostgreSQL database dump complete
--

\unrestrict 2ywe1yJuGY7NhULwA85kLkN7fCXlNcjByXp7hyQqwD4nhRdZGMz2dX7AhR0orob

