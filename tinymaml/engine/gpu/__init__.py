"""The same loops on a GPU, and what plays them where there is none."""
