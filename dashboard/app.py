"""The dashboard's server: `streamlit run dashboard/app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from dashboard.security import SecurityHeaders

app = st.App("main.py", middleware=[Middleware(SecurityHeaders)])
