# docker build --tag minde . ; docs/reuse.md says how it was tried.
FROM python:3.11-slim-bookworm
COPY . /opt/minde
RUN UV_NO_CACHE=1 sh /opt/minde/containers/install.sh
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /work
CMD ["minde", "--help"]
