"""stop-gap"""
